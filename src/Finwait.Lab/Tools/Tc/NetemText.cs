using System.Globalization;
using System.Text;
using Finwait.Sim;

namespace Finwait.Lab;

/// <summary>netem's settings as <c>tc qdisc show</c> of iproute2 6.1 prints them.</summary>
internal static class NetemText
{
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Appends the settings, from <c>limit</c> on; a blank stands behind each word that has one.</summary>
    internal static void Append(StringBuilder text, LinkSettings netem)
    {
        text.Append(CultureInfo.InvariantCulture, $"limit {netem.Limit}");
        if (netem.Delay != default || netem.Jitter != default)
        {
            text.Append(" delay ").Append(Time(netem.Delay));
            if (netem.Jitter != default)
            {
                text.Append("  ").Append(Time(netem.Jitter));
                AppendCorrelation(text, netem.DelayCorrelation);
            }
        }

        LossModel loss = netem.Loss;
        switch (loss.Kind)
        {
            case LossKind.Random:
                text.Append(" loss ").Append(Percent(loss.P));
                AppendCorrelation(text, loss.R);
                break;
            case LossKind.GilbertElliott:
                text.Append($" loss gemodel p {Percent(loss.P)} r {Percent(loss.R)} 1-h {Percent(loss.BadLoss)} 1-k {Percent(loss.GoodLoss)}");
                break;
            case LossKind.FourState:
                text.Append($" loss state p13 {Percent(loss.P)} p31 {Percent(loss.R)} p32 {Percent(loss.BadLoss)} p23 {Percent(loss.GoodLoss)} p14 {Percent(loss.Isolated)}");
                break;
        }

        AppendShare(text, " duplicate ", netem.Duplicate, netem.DuplicateCorrelation);
        AppendShare(text, " reorder ", netem.Reorder, netem.ReorderCorrelation);
        AppendShare(text, " corrupt ", netem.Corrupt, netem.CorruptCorrelation);
        if (netem.Rate > 0)
        {
            text.Append(" rate ").Append(Rate(netem.Rate));
            text.Append(netem.PacketOverhead != 0 ? $" packetoverhead {netem.PacketOverhead.ToString(CultureInfo.InvariantCulture)}" : "");
            text.Append(netem.CellSize != 0 ? $" cellsize {netem.CellSize.ToString(CultureInfo.InvariantCulture)}" : "");
            text.Append(netem.CellOverhead != 0 ? $" celloverhead {netem.CellOverhead.ToString(CultureInfo.InvariantCulture)}" : "");
        }

        text.Append(netem.MarksEcn ? " ecn " : "");
        text.Append(netem.Reorder > 0 ? $" gap {Math.Max(1, netem.Gap).ToString(CultureInfo.InvariantCulture)}" : "");
    }

    private static void AppendShare(StringBuilder text, string word, double share, double correlation)
    {
        if (share > 0)
        {
            text.Append(word).Append(Percent(share));
            AppendCorrelation(text, correlation);
        }
    }

    private static void AppendCorrelation(StringBuilder text, double correlation) => text.Append(correlation > 0 ? " " + Percent(correlation) : "");

    /// <summary>A probability goes to the kernel as 32 bits and comes back with six significant digits.</summary>
    private static string Percent(double share) => NumberText.General(100.0 * Math.Round(share * uint.MaxValue) / uint.MaxValue) + "%";

    /// <summary>Three significant digits in the largest unit that the time reaches.</summary>
    private static string Time(TimeSpan time)
    {
        // The kernel counts in ticks of 64 ns, and tc makes whole microseconds of them.
        const int TickNanoseconds = 64;
        long ticks = time.Ticks * TimeSpan.NanosecondsPerTick / TickNanoseconds;
        double microseconds = ticks * TickNanoseconds / 1000;
        (double value, string unit) = microseconds >= MicrosecondsPerSecond ? (microseconds / MicrosecondsPerSecond, "s") : microseconds >= 1000 ? (microseconds / 1000, "ms") : (microseconds, "us");
        return NumberText.General(value, 3) + unit;
    }

    /// <summary>Whole thousands as long as there are at least ten of them or the rest is nothing.</summary>
    private static string Rate(long bitsPerSecond)
    {
        const int Thousand = 1000, Full = Thousand * Thousand;
        long octets = bitsPerSecond / 8;
        long rate = octets * 8;
        string[] units = ["", "K", "M", "G", "T"];
        int unit = 0;
        for (; unit < units.Length - 1 && rate >= Thousand && (rate >= Full || rate % Thousand == 0); unit++)
        {
            rate /= Thousand;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{rate}{units[unit]}bit");
    }
}
