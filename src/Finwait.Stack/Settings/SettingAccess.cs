using System.Globalization;

namespace Finwait.Stack;

/// <summary>Reads one setting into a text, or makes its new value out of a text: so each setting is one line in the table, not two.</summary>
internal struct SettingAccess
{
    /// <summary>net.ipv4.ip_unprivileged_port_start: ports below are not given out.</summary>
    private const int FirstUnprivileged = 1024;

    private bool _isWrite;

    /// <summary>The text to write, or the text read.</summary>
    public string? Text;

    /// <summary>True if the text was no value for the setting: it then keeps the one it had.</summary>
    public bool IsRefused;

    public static SettingAccess Write(string text) => new() { _isWrite = true, Text = text };

    public int Number(int current, int least, int most = int.MaxValue)
    {
        if (!_isWrite)
        {
            Text = current.ToString(CultureInfo.InvariantCulture);
            return current;
        }

        return Words() is [var value, ..] && value >= least && value <= most ? value : Refuse(current);
    }

    /// <summary>0 is off, all else up to <paramref name="most"/> on: an octet, as most of Linux's switches are.</summary>
    public bool Switch(bool current, int most = byte.MaxValue) => Number(current ? 1 : 0, 0, most) != 0;

    /// <summary>A switch whose numbers are not 1 and 0: <paramref name="on"/> up to <paramref name="most"/> mean on, less is off.</summary>
    public bool Choice(bool current, int on, int most) => Number(current ? on : 0, 0, most) >= on;

    public TimeSpan Span(TimeSpan current, long unit, int least = 0, int most = int.MaxValue)
    {
        int before = (int)(current.Ticks / unit);
        int after = Number(before, least, most);
        return after == before ? current : new TimeSpan(after * unit);
    }

    public (ushort First, ushort Last) Range((ushort First, ushort Last) current)
    {
        if (!_isWrite)
        {
            Text = string.Create(CultureInfo.InvariantCulture, $"{current.First}\t{current.Last}");
            return current;
        }

        return Words() is [var first, var last, ..] && first is >= FirstUnprivileged and <= 65535 && last >= first && last <= 65535 ? ((ushort)first, (ushort)last) : Refuse(current);
    }

    public (int, int, int) Triple((int A, int B, int C) current)
    {
        if (!_isWrite)
        {
            Text = string.Create(CultureInfo.InvariantCulture, $"{current.A}\t{current.B}\t{current.C}");
            return current;
        }

        // Linux takes them as they come, whatever their order; one or two numbers leave the rest as it is.
        return Words() switch
        {
            [var a] when a > 0 => (a, current.B, current.C),
            [var a, var b] when a > 0 && b > 0 => (a, b, current.C),
            [var a, var b, var c, ..] when a > 0 && b > 0 && c > 0 => (a, b, c),
            _ => Refuse(current),
        };
    }

    public string OneOf(string current, ReadOnlySpan<string> names)
    {
        if (!_isWrite)
        {
            Text = current;
            return current;
        }

        return names.Contains(Text!.Trim()) ? Text.Trim() : Refuse(current);
    }

    /// <summary>A text that has a form; <paramref name="unset"/> is what is read while there is none.</summary>
    public string? Word(string? current, string unset, Func<string, bool> isValid)
    {
        if (!_isWrite)
        {
            Text = current ?? unset;
            return current;
        }

        return isValid(Text!) ? Text!.Trim() : Refuse(current);
    }

    private T Refuse<T>(T current)
    {
        IsRefused = true;
        return current;
    }

    private readonly int[]? Words()
    {
        string[] words = Text!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int[] numbers = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            bool isHex = words[i].StartsWith("0x", StringComparison.Ordinal);
            if (!int.TryParse(isHex ? words[i].AsSpan(2) : words[i], isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }
}
