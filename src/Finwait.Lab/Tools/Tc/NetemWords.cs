using System.Globalization;
using Finwait.Sim;

namespace Finwait.Lab;

/// <summary>Reads the words behind <c>netem</c> as tc of iproute2 6.1 does, with its complaints.</summary>
/// <remarks>The words are first put into the form that <see cref="LinkSettings"/> reads: tc takes a bare number for microseconds, and a word given twice for its last meaning.</remarks>
internal sealed class NetemWords
{
    /// <summary>Exit status of an incomplete command line.</summary>
    private const int Incomplete = 255;

    internal const string Usage = """
        Usage: ... netem [ limit PACKETS ]
                         [ delay TIME [ JITTER [CORRELATION]]]
                         [ distribution {uniform|normal|pareto|paretonormal} ]
                         [ corrupt PERCENT [CORRELATION]]
                         [ duplicate PERCENT [CORRELATION]]
                         [ loss random PERCENT [CORRELATION]]
                         [ loss state P13 [P31 [P32 [P23 P14]]]
                         [ loss gemodel PERCENT [R [1-H [1-K]]]
                         [ ecn ]
                         [ reorder PERCENT [CORRELATION] [ gap DISTANCE ]]
                         [ rate RATE [PACKETOVERHEAD] [CELLSIZE] [CELLOVERHEAD]]

        """;

    private static readonly string[] s_geModel = ["loss gemodel p", "loss gemodel r", "loss gemodel h", "loss gemodel k"];
    private static readonly string[] s_fourStates = ["loss p13", "loss p31", "loss p32", "loss p23", "loss p14"];

    private readonly string[] _words;
    private readonly SortedDictionary<string, string> _read = new(StringComparer.Ordinal);
    private int _at;
    private ToolResult? _failure;

    private NetemWords(string[] words) => _words = words;

    /// <summary>Reads the words.</summary>
    /// <param name="words">What stands behind <c>netem</c>.</param>
    /// <param name="before">What the queue does now; a change leaves corruption, rate and correlations that are not named as they are. Null for a new queue.</param>
    /// <param name="settings">The settings.</param>
    /// <returns>Null, or the complaint.</returns>
    internal static ToolResult? Read(string[] words, LinkSettings? before, out LinkSettings settings)
    {
        NetemWords reader = new(words);
        settings = LinkSettings.Perfect;
        while (reader._failure is null && reader._at < words.Length)
        {
            reader.ReadWord(words[reader._at++]);
        }

        return reader._failure ?? reader.Finish(before, out settings);
    }

    private void ReadWord(string word)
    {
        switch (word)
        {
            case "limit":
                Take("limit", IsCount, "limit");
                break;
            case "gap":
                Take("gap", IsCount, "gap");
                break;
            case "delay" or "latency":
                Take("delay", IsTime, "latency", (IsTime, "latency"), (IsPercent, "latency"));
                break;
            case "distribution":
                ReadDistribution();
                break;
            case "loss" or "drop":
                ReadLoss();
                break;
            case "ecn":
                _read["ecn"] = "ecn";
                break;
            case "corrupt" or "reorder" or "duplicate":
                Take(word, IsPercent, word, (IsPercent, word));
                break;
            case "rate":
                Take("rate", IsRate, "rate", (IsInteger, "rate"), (IsInteger, "rate"), (IsInteger, "rate"));
                break;
            case "slot":
                _failure = ToolResult.Failed(1, "the lab's netem has no slots");
                break;
            default:
                _failure = Explain(word == "help" ? "" : $"What is \"{word}\"?\n");
                break;
        }
    }

    private static ToolResult Explain(string complaint) => new(1, "", complaint + Usage);

    private void ReadLoss()
    {
        string kind = _at < _words.Length ? _words[_at] : "";
        switch (kind)
        {
            case "gemodel":
                _at++;
                TakeNamed("loss gemodel", s_geModel);
                break;
            case "state":
                _at++;
                TakeNamed("loss state", s_fourStates);
                break;
            case "random" or "":
                _at += kind.Length == 0 ? 0 : 1;
                Take("loss", IsPercent, "loss percent", (IsPercent, "loss correlation"));
                break;
            case var _ when StartsNumber(kind):
                Take("loss", IsPercent, "loss percent", (IsPercent, "loss correlation"));
                break;
            default:
                _failure = ToolResult.Failed(1, $"Unknown loss parameter: {kind}");
                break;
        }
    }

    private void TakeNamed(string words, string[] names) => Take(words, IsPercent, names[0], [.. names[1..].Select(name => ((Func<string, string?>)IsPercent, name))]);

    private void ReadDistribution()
    {
        string name = _at < _words.Length ? _words[_at++] : "";
        if (name.Length == 0)
        {
            _failure = NotComplete();
        }
        else if (name is "uniform" or "normal" or "pareto" or "paretonormal")
        {
            _read["distribution"] = "distribution " + name;
        }
        else
        {
            _failure = ToolResult.Failed(1, $"No distribution data for {name} (/usr/lib/x86_64-linux-gnu/tc//{name}.dist: No such file or directory)");
        }
    }

    private static ToolResult NotComplete() => ToolResult.Failed(Incomplete, "Command line is not complete. Try option \"help\"");

    /// <summary>A value that must be there, and those that may follow it: they begin with a digit.</summary>
    private void Take(string word, Func<string, string?> first, string name, params ReadOnlySpan<(Func<string, string?> Read, string Name)> more)
    {
        if (_at == _words.Length)
        {
            _failure = NotComplete();
            return;
        }

        if (first(_words[_at++]) is not { } value)
        {
            _failure = ToolResult.Failed(1, $"Illegal \"{name}\"");
            return;
        }

        string text = word + " " + value;
        foreach ((Func<string, string?> read, string what) in more)
        {
            if (_at == _words.Length || !StartsNumber(_words[_at]))
            {
                break;
            }

            if (read(_words[_at++]) is not { } further)
            {
                _failure = ToolResult.Failed(1, $"Illegal \"{what}\"");
                return;
            }

            text += " " + further;
        }

        _read[word.Split(' ')[0]] = text;
    }

    private static bool StartsNumber(string word) => word.Length > 0 && char.IsAsciiDigit(word[0]);

    private static string? IsCount(string word) => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint count) && count <= LinkSettings.MaxLimit ? word : null;

    private static string? IsInteger(string word) => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? word : null;

    private static string? IsPercent(string word) => LinkSettings.TryParse("duplicate " + word, out _, out _) ? word : null;

    private static string? IsRate(string word) => LinkSettings.TryParse("rate " + word, out _, out _) ? word : null;

    private static string? IsTime(string word)
    {
        bool isBare = double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
        string withUnit = isBare ? word + "us" : word;
        return LinkSettings.TryParse("delay " + withUnit, out _, out _) ? withUnit : null;
    }

    private ToolResult? Finish(LinkSettings? before, out LinkSettings settings)
    {
        settings = LinkSettings.Perfect;
        bool Has(string word) => _read.ContainsKey(word);
        if (Has("gap") && !Has("reorder"))
        {
            return Explain("gap specified without reorder probability\n");
        }

        if (Has("reorder") && !Has("delay"))
        {
            return Explain("reordering not possible without specifying some delay\n");
        }

        if (Has("ecn") && !Has("loss"))
        {
            return Explain("ecn requested without loss model\n");
        }

        if (Has("distribution") && (!Has("delay") || _read["delay"].Split(' ').Length < 3))
        {
            return Explain("distribution specified but no latency and jitter values\n");
        }

        // The limit of nothing at all is tc's own joke: the smallest here is one frame.
        if (!LinkSettings.TryParse(string.Join(' ', _read.Values).Replace("limit 0", "limit 1", StringComparison.Ordinal), out settings, out string error))
        {
            return ToolResult.Failed(1, $"netem: {error}");
        }

        // A slip of tc's that everybody lives with: it sends the correlation of duplicates only together with one of the other two.
        bool sendsCorrelations = settings.DelayCorrelation > 0 || settings.Loss is { Kind: LossKind.Random, R: > 0 };
        settings = sendsCorrelations ? settings : settings with { DuplicateCorrelation = 0 };
        settings = before is null ? settings : Changed(settings, before, sendsCorrelations);
        return null;
    }

    /// <summary>What a change does not name stays, where the kernel keeps it: corruption, rate, the mark, and the correlations unless one of them is named.</summary>
    private LinkSettings Changed(LinkSettings settings, LinkSettings before, bool sendsCorrelations)
    {
        settings = _read.ContainsKey("corrupt") ? settings : settings with { Corrupt = before.Corrupt, CorruptCorrelation = before.CorruptCorrelation };
        settings = _read.ContainsKey("rate") ? settings : settings with { Rate = before.Rate, PacketOverhead = before.PacketOverhead, CellSize = before.CellSize, CellOverhead = before.CellOverhead };
        settings = settings.Jitter == default || _read.ContainsKey("distribution") ? settings : settings with { Distribution = before.Distribution };
        return sendsCorrelations ? settings : settings with
        {
            DelayCorrelation = settings.Jitter == default ? 0 : before.DelayCorrelation,
            DuplicateCorrelation = before.DuplicateCorrelation,
            Loss = settings.Loss.Kind == LossKind.Random && before.Loss.Kind == LossKind.Random ? settings.Loss with { R = before.Loss.R } : settings.Loss,
        };
    }
}
