namespace Finwait.Lab;

/// <summary>What <c>${NAME…}</c> makes of a variable's value.</summary>
internal static class ShellParameters
{
    /// <summary>Cuts what a pattern fits off the front (<c>#</c>, <c>##</c>) or the end (<c>%</c>, <c>%%</c>); twice the sign cuts as much as possible.</summary>
    public static string Cut(string value, string sign, string pattern)
    {
        bool isFront = sign[0] == '#';
        for (int i = 0; i <= value.Length; i++)
        {
            int length = sign.Length == 2 ? value.Length - i : i;
            if (ShellPattern.Fits(pattern, isFront ? value.AsSpan(0, length) : value.AsSpan(value.Length - length)))
            {
                return isFront ? value[length..] : value[..^length];
            }
        }

        return value;
    }

    /// <summary>Puts a text in place of what a pattern fits, once or everywhere.</summary>
    public static string Replace(string value, string pattern, string with, bool everywhere)
    {
        const int MaxLength = 1 << 12; // longer values would take too long to be searched
        if (pattern.Length == 0 || value.Length > MaxLength)
        {
            return value;
        }

        var result = new System.Text.StringBuilder();
        int at = 0;
        while (at < value.Length)
        {
            int length = value.Length - at;
            while (length > 0 && !ShellPattern.Fits(pattern, value.AsSpan(at, length)))
            {
                length--;
            }

            result.Append(length > 0 ? with : value[at].ToString());
            at += Math.Max(1, length);
            if (length > 0 && !everywhere)
            {
                break;
            }
        }

        return result.Append(value, at, value.Length - at).ToString();
    }

    /// <summary><c>${NAME:START}</c> and <c>${NAME:START:LENGTH}</c>.</summary>
    public static string Part(string value, long start, long? length)
    {
        long from = start < 0 ? value.Length + start : start;
        if (from < 0 || from > value.Length)
        {
            return "";
        }

        long end = length is null ? value.Length : length < 0 ? value.Length + length.Value : Math.Min(value.Length, from + length.Value);
        return end < from ? throw new ShellSyntaxException($"{length}: substring expression < 0") : value[(int)from..(int)end];
    }
}
