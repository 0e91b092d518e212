using System.Globalization;
using System.Text;

namespace Finwait.Bench;

/// <summary>One measured number.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit, as people read it.</param>
/// <param name="Digits">Digits behind the point that are worth printing.</param>
public readonly record struct BenchFigure(string Key, double Value, string Unit, int Digits);

/// <summary>What one run of a workload measured.</summary>
/// <param name="Name">The workload, with its parameters, as a person would say it.</param>
/// <param name="Workload">The workload's name on the command line.</param>
/// <param name="Settings">Its parameters, by their JSON names.</param>
/// <param name="Figures">What was measured, the most important first.</param>
public sealed record BenchResult(string Name, string Workload, IReadOnlyList<(string Key, double Value)> Settings, IReadOnlyList<BenchFigure> Figures)
{
    /// <summary>A plain table, a figure on each line.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(Name).Append('\n');
        foreach (BenchFigure figure in Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {figure.Value.ToString("N" + figure.Digits, CultureInfo.InvariantCulture),16} {figure.Unit}\n");
        }

        return text.ToString();
    }

    /// <summary>One line of JSON; the order of the members never changes.</summary>
    public string ToJson()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\"workload\":\"{Workload}\"");
        foreach ((string key, double value) in Settings)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"{key}\":{value}");
        }

        foreach (BenchFigure figure in Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"{figure.Key}\":{Math.Round(figure.Value, 6)}");
        }

        return text.Append('}').ToString();
    }
}
