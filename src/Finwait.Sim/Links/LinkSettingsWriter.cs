using System.Globalization;
using System.Text;

namespace Finwait.Sim;

/// <summary>Spells settings in netem's words.</summary>
internal static class LinkSettingsWriter
{
    public static string Write(LinkSettings settings)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"limit {settings.Limit}");
        if (settings.Delay != default || settings.Jitter != default)
        {
            text.Append(" delay ").Append(Units.FormatTime(settings.Delay));
            if (settings.Jitter != default)
            {
                text.Append(' ').Append(Units.FormatTime(settings.Jitter));
                AppendCorrelation(text, settings.DelayCorrelation);
                if (settings.Distribution != DelayDistribution.Uniform)
                {
                    text.Append(" distribution ").Append(settings.Distribution.ToString().ToLowerInvariant());
                }
            }
        }

        AppendLoss(text, settings.Loss);
        if (settings.MarksEcn)
        {
            text.Append(" ecn");
        }

        AppendShare(text, " duplicate ", settings.Duplicate, settings.DuplicateCorrelation);
        AppendShare(text, " reorder ", settings.Reorder, settings.ReorderCorrelation);
        AppendShare(text, " corrupt ", settings.Corrupt, settings.CorruptCorrelation);
        if (settings.Rate != 0)
        {
            text.Append(" rate ").Append(Units.FormatRate(settings.Rate));
            if (settings.PacketOverhead != 0 || settings.CellSize != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" {settings.PacketOverhead}");
                if (settings.CellSize != 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $" {settings.CellSize} {settings.CellOverhead}");
                }
            }
        }

        if (settings.Gap != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" gap {settings.Gap}");
        }

        return text.ToString();
    }

    private static void AppendLoss(StringBuilder text, LossModel loss)
    {
        switch (loss.Kind)
        {
            case LossKind.Random:
                AppendShare(text, " loss ", loss.P, loss.R);
                break;
            case LossKind.GilbertElliott:
                AppendAll(text, " loss gemodel", loss.P, loss.R, loss.BadLoss, loss.GoodLoss);
                break;
            case LossKind.FourState:
                AppendAll(text, " loss state", loss.P, loss.R, loss.BadLoss, loss.GoodLoss, loss.Isolated);
                break;
        }
    }

    private static void AppendAll(StringBuilder text, string words, params ReadOnlySpan<double> fractions)
    {
        text.Append(words);
        foreach (double fraction in fractions)
        {
            text.Append(' ').Append(Units.FormatPercent(fraction));
        }
    }

    private static void AppendShare(StringBuilder text, string words, double share, double correlation)
    {
        if (share != 0)
        {
            text.Append(words).Append(Units.FormatPercent(share));
            AppendCorrelation(text, correlation);
        }
    }

    private static void AppendCorrelation(StringBuilder text, double correlation)
    {
        if (correlation != 0)
        {
            text.Append(' ').Append(Units.FormatPercent(correlation));
        }
    }
}
