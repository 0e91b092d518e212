using System.Globalization;

namespace Finwait.Sim;

/// <summary>Reads netem's words; the first mistake ends the reading with a message.</summary>
internal sealed class LinkSettingsParser
{
    private readonly string[] _words;
    private int _at;
    private string _error = "";
    private LinkSettings _settings = LinkSettings.Perfect;
    private bool _hasDistribution;
    private bool _hasGap;

    public LinkSettingsParser(string text) => _words = text.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    public bool TryParse(out LinkSettings settings, out string error)
    {
        HashSet<string> seen = [];
        while (_at < _words.Length && _error.Length == 0)
        {
            string word = _words[_at++] switch { "latency" => "delay", "drop" => "loss", string other => other };
            if (!seen.Add(word))
            {
                Fail($"'{word}' is given twice");
                break;
            }

            ParseWord(word);
        }

        CheckTogether();
        settings = _error.Length == 0 ? _settings : LinkSettings.Perfect;
        error = _error;
        return _error.Length == 0;
    }

    private void ParseWord(string word)
    {
        switch (word)
        {
            case "limit":
                _settings = _settings with { Limit = NeedInteger(word, 1, LinkSettings.MaxLimit) };
                break;
            case "delay":
                ParseDelay();
                break;
            case "distribution":
                ParseDistribution();
                break;
            case "loss":
                ParseLoss();
                break;
            case "ecn":
                _settings = _settings with { MarksEcn = true };
                break;
            case "corrupt":
                _settings = _settings with { Corrupt = NeedPercent(word), CorruptCorrelation = OptionalPercent(0) };
                break;
            case "duplicate":
                _settings = _settings with { Duplicate = NeedPercent(word), DuplicateCorrelation = OptionalPercent(0) };
                break;
            case "reorder":
                _settings = _settings with { Reorder = NeedPercent(word), ReorderCorrelation = OptionalPercent(0) };
                break;
            case "gap":
                _hasGap = true;
                _settings = _settings with { Gap = NeedInteger(word, 1, LinkSettings.MaxLimit) };
                break;
            case "rate":
                ParseRate();
                break;
            case "slot":
                Fail("'slot' is not supported");
                break;
            default:
                Fail($"unknown word '{word}'; the words are limit, delay, distribution, loss, ecn, corrupt, duplicate, reorder, gap, rate");
                break;
        }
    }

    private void ParseDelay()
    {
        TimeSpan delay = NeedTime("delay");
        TimeSpan jitter = default;
        double correlation = 0;
        if (NextStartsNumber())
        {
            jitter = NeedTime("delay's jitter");
            correlation = OptionalPercent(0);
        }

        _settings = _settings with { Delay = delay, Jitter = jitter, DelayCorrelation = correlation };
    }

    private void ParseDistribution()
    {
        string name = Next();
        DelayDistribution? found = name switch
        {
            "uniform" => DelayDistribution.Uniform,
            "normal" => DelayDistribution.Normal,
            "pareto" => DelayDistribution.Pareto,
            "paretonormal" => DelayDistribution.ParetoNormal,
            _ => null,
        };
        if (found is not { } distribution)
        {
            Fail($"distribution: '{name}' is none of uniform, normal, pareto, paretonormal");
            return;
        }

        _hasDistribution = true;
        _settings = _settings with { Distribution = distribution };
    }

    private void ParseLoss()
    {
        string word = _at < _words.Length ? _words[_at] : "";
        switch (word)
        {
            case "gemodel":
                _at++;
                double p = NeedPercent("loss gemodel");
                _settings = _settings with { Loss = new(LossKind.GilbertElliott, p, OptionalPercent(1 - p), OptionalPercent(1), OptionalPercent(0)) };
                break;
            case "state":
                _at++;
                double p13 = NeedPercent("loss state");
                _settings = _settings with { Loss = new(LossKind.FourState, p13, OptionalPercent(1 - p13), OptionalPercent(0), OptionalPercent(1), OptionalPercent(0)) };
                break;
            default:
                _at += word == "random" ? 1 : 0;
                double share = NeedPercent("loss");
                double correlation = OptionalPercent(0);
                _settings = _settings with { Loss = share == 0 ? default : new(LossKind.Random, share, correlation) };
                break;
        }
    }

    private void ParseRate()
    {
        string word = Next();
        if (!Units.TryParseRate(word, out long rate))
        {
            Fail($"rate: '{word}' is no rate; right is for instance 10mbit, or 1mbps for bytes per second");
            return;
        }

        int overhead = NextStartsNumber() ? NeedInteger("rate's packet overhead", -65536, 65536) : 0;
        int cellSize = NextStartsNumber() ? NeedInteger("rate's cell size", 0, 65536) : 0;
        int cellOverhead = NextStartsNumber() ? NeedInteger("rate's cell overhead", -65536, 65536) : 0;
        if (cellSize > 0 && cellSize + cellOverhead < 1)
        {
            Fail("rate: cells of no length");
        }

        _settings = _settings with { Rate = rate, PacketOverhead = overhead, CellSize = cellSize, CellOverhead = cellOverhead };
    }

    private void CheckTogether()
    {
        if (_error.Length != 0)
        {
            return;
        }

        if (_settings.Reorder != 0 && _settings.Delay == default)
        {
            Fail("reorder needs a delay: a frame is reordered by skipping it");
        }
        else if (_hasGap && _settings.Reorder == 0)
        {
            Fail("gap needs reorder");
        }
        else if (_hasDistribution && _settings.Jitter == default)
        {
            Fail("distribution needs a delay with jitter, for instance: delay 10ms 2ms distribution normal");
        }
        else if (_settings.MarksEcn && _settings.Loss.Kind == LossKind.None)
        {
            Fail("ecn needs loss: it marks what would be lost");
        }
    }

    private bool NextStartsNumber() => _error.Length == 0 && _at < _words.Length && (char.IsAsciiDigit(_words[_at][0]) || _words[_at][0] is '.' or '-' or '+');

    private string Next() => _at < _words.Length ? _words[_at++] : "";

    private TimeSpan NeedTime(string what)
    {
        string word = Next();
        if (!Units.TryParseTime(word, out TimeSpan time))
        {
            Fail(word.Length == 0 ? $"{what}: a time is missing" : $"{what}: '{word}' is no time; right is for instance 10ms, 250us or 1.5s, at most a day");
        }

        return time;
    }

    private double NeedPercent(string what)
    {
        string word = Next();
        if (!Units.TryParsePercent(word, out double fraction))
        {
            Fail(word.Length == 0 ? $"{what}: a percentage is missing" : $"{what}: '{word}' is no percentage from 0% to 100%");
        }

        return fraction;
    }

    private double OptionalPercent(double otherwise) => NextStartsNumber() ? NeedPercent("correlation or probability") : otherwise;

    private int NeedInteger(string what, int least, int most)
    {
        string word = Next();
        if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) || number < least || number > most)
        {
            Fail(word.Length == 0 ? $"{what}: a number is missing" : $"{what}: '{word}' is no whole number from {least} to {most}");
            return least;
        }

        return number;
    }

    private void Fail(string message)
    {
        if (_error.Length == 0)
        {
            _error = message;
        }
    }
}
