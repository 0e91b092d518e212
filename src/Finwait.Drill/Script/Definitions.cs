using System.Text;

namespace Finwait.Drill;

/// <summary>Replaces the symbols that <c>-D NAME=VALUE</c> and lines <c>--define=NAME=VALUE</c> define, wherever they stand as a word of their own.</summary>
internal static class Definitions
{
    // What the kernel's own runner of its scripts defines; a script or a command line that says otherwise wins.
    private static readonly (string Name, string V4, string V6)[] s_kernel =
    [
        ("CMSG_LEVEL_IP", "SOL_IP", "SOL_IPV6"),
        ("CMSG_TYPE_RECVERR", "IP_RECVERR", "IPV6_RECVERR"),
        ("TFO_COOKIE", "3021b9d889017eeb", "c1d1e9742a47a9bc"),
        ("TFO_COOKIE_ZERO", "b7c12350a90dc8f5", "82af1a8f9a205c34"),
    ];

    public static string Replace(string text, DrillOptions options)
    {
        Dictionary<string, string> values = Collect(text, options);
        var result = new StringBuilder(text.Length);
        foreach (string line in text.Split('\n'))
        {
            result.Append(line.StartsWith("--", StringComparison.Ordinal) ? line : ReplaceWords(line, values)).Append('\n');
        }

        result.Length--; // the last line has no end that was not there
        return result.ToString();
    }

    private static Dictionary<string, string> Collect(string text, DrillOptions options)
    {
        bool isV6 = options.Settings.Contains("ip_version=ipv6") || text.Contains("--ip_version=ipv6", StringComparison.Ordinal);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string v4, string v6) in s_kernel)
        {
            values[name] = isV6 ? v6 : v4;
        }

        foreach (string setting in options.Settings)
        {
            Add(values, setting);
        }

        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("--", StringComparison.Ordinal))
            {
                Add(values, line[2..].Trim());
            }
        }

        return values;
    }

    private static void Add(Dictionary<string, string> values, string setting)
    {
        const string Define = "define=";
        int equals = setting.StartsWith(Define, StringComparison.Ordinal) ? setting.IndexOf('=', Define.Length) : -1;
        if (equals > Define.Length)
        {
            values[setting[Define.Length..equals]] = setting[(equals + 1)..].Trim('"');
        }
    }

    private static string ReplaceWords(string line, Dictionary<string, string> values)
    {
        StringBuilder? changed = null;
        int kept = 0;
        for (int i = 0; i < line.Length;)
        {
            int from = i;
            while (i < line.Length && (char.IsAsciiLetterOrDigit(line[i]) || line[i] == '_'))
            {
                i++;
            }

            if (i > from && values.TryGetValue(line[from..i], out string? value))
            {
                (changed ??= new StringBuilder()).Append(line, kept, from - kept).Append(value);
                kept = i;
            }

            i += i == from ? 1 : 0;
        }

        return changed is null ? line : changed.Append(line, kept, line.Length - kept).ToString();
    }
}
