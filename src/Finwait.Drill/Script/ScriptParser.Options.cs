using Finwait.Wire;

namespace Finwait.Drill;

/// <content>TCP options.</content>
internal sealed partial class ScriptParser
{
    /// <summary>After <c>&lt;</c>. Null for <c>&lt;...&gt;</c>.</summary>
    private List<TcpOptionSpec>? ParseOptions()
    {
        var options = new List<TcpOptionSpec>();
        if (_cursor.TryTake("..."))
        {
            _cursor.Expect(">", "after '...'");
            return null;
        }

        if (_cursor.TryTake(">"))
        {
            return options;
        }

        do
        {
            options.Add(ParseTcpOption());
        }
        while (_cursor.TryTake(","));
        _cursor.Expect(">", "after the options");
        return options;
    }

    private TcpOptionSpec ParseTcpOption()
    {
        _cursor.SkipBlanks();
        string name = _cursor.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        switch (name)
        {
            case "nop":
                return new() { Kind = TcpOptionSpecKind.NoOperation };
            case "eol":
                return new() { Kind = TcpOptionSpecKind.EndOfList };
            case "mss":
                return new() { Kind = TcpOptionSpecKind.Mss, Value = (uint)_cursor.TakeInteger("a segment size", 0, 65535) };
            case "wscale":
                return new() { Kind = TcpOptionSpecKind.WindowScale, Value = (uint)_cursor.TakeInteger("a shift", 0, 255) };
            case "sackOK":
                return new() { Kind = TcpOptionSpecKind.SackPermitted };
            case "sack":
                return new() { Kind = TcpOptionSpecKind.Sack, Blocks = ParseBlocks() };
            case "TS":
                return ParseTimestamps();
            case "md5":
                return new() { Kind = TcpOptionSpecKind.Md5, Data = ParseHex() };
            case "FO":
                return new() { Kind = TcpOptionSpecKind.FastOpen, Data = ParseHex() };
            case "FOEXP" or "exp-tcpfastopen":
                return new() { Kind = TcpOptionSpecKind.FastOpenExperiment, Data = ParseHex() };
            case "ECN" or "AccECN" or "accecn":
                return ParseAccurateEcn();
            case "kind":
                byte number = (byte)_cursor.TakeInteger("a kind", 2, 255);
                return new() { Kind = TcpOptionSpecKind.Other, Number = number, Data = ParseHex() };
            default:
                throw name.StartsWith("mp_", StringComparison.Ordinal) || name is "dss" or "add_address" ? new DrillNeed(_cursor.Line, "MPTCP") : _cursor.Fault($"'{name}' is no TCP option");
        }
    }

    private List<(uint Left, uint Right)> ParseBlocks()
    {
        var blocks = new List<(uint, uint)>();
        do
        {
            uint left = (uint)_cursor.TakeInteger("a left edge", 0, uint.MaxValue);
            _cursor.Expect(":", "between the edges of a SACK block");
            blocks.Add((left, (uint)_cursor.TakeInteger("a right edge", 0, uint.MaxValue)));
            _cursor.SkipBlanks();
        }
        while (_cursor.IsAtDigit);
        return blocks;
    }

    private TcpOptionSpec ParseTimestamps()
    {
        if (!_cursor.TryTakeWord("val"))
        {
            throw _cursor.Fault("expected 'val'");
        }

        uint value = (uint)_cursor.TakeInteger("a timestamp", 0, uint.MaxValue);
        if (!_cursor.TryTakeWord("ecr"))
        {
            throw _cursor.Fault("expected 'ecr'");
        }

        return new() { Kind = TcpOptionSpecKind.Timestamps, Value = value, Echo = (uint)_cursor.TakeInteger("a timestamp", 0, uint.MaxValue) };
    }

    /// <summary>Octets in hexadecimal, perhaps none, perhaps in parts with blanks between.</summary>
    private byte[] ParseHex()
    {
        _cursor.SkipSpaces();
        string digits = _cursor.TakeWhile(char.IsAsciiHexDigit);
        if (digits.Length % 2 != 0 || digits.Length > 76)
        {
            throw _cursor.Fault("expected pairs of hexadecimal digits");
        }

        return Convert.FromHexString(digits);
    }

    /// <summary>AccECN (RFC 9768 §3.2.3): the order of the counters tells kind 172 (e0b first) from 174 (e1b first).</summary>
    private TcpOptionSpec ParseAccurateEcn()
    {
        var fields = new List<string>();
        var data = new List<byte>();
        while (true)
        {
            string? field = _cursor.TryTakeWord("e0b") ? "e0b" : _cursor.TryTakeWord("ceb") ? "ceb" : _cursor.TryTakeWord("e1b") ? "e1b" : null;
            if (field is null)
            {
                break;
            }

            int value = (int)_cursor.TakeInteger("a counter of 24 bits", 0, 0xFF_FFFF);
            fields.Add(field);
            data.AddRange([(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        }

        string order = string.Join(' ', fields);
        byte kind = "e1b ceb e0b".StartsWith(order, StringComparison.Ordinal) ? TcpOptionKind.AccurateEcn1
            : "e0b ceb e1b".StartsWith(order, StringComparison.Ordinal) ? TcpOptionKind.AccurateEcn0
            : throw _cursor.Fault("the counters of ECN stand as e0b ceb e1b, or as e1b ceb e0b");
        return new() { Kind = TcpOptionSpecKind.AccurateEcn, Number = kind, Data = [.. data] };
    }
}
