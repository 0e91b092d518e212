using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>util-linux's <c>dmesg</c>: what <c>iptables -j LOG</c> wrote.</summary>
internal static class DmesgCommand
{
    private static readonly ToolOption[] s_options =
    [
        new('c', "read-clear"), new('C', "clear"), new('T', "ctime"), new('t', "notime"), new('x', "decode"), new('l', "level", true), new('r', "raw"), new('k', "kernel"), new('L', "color"), new('V', "version"), new('h', "help"),
    ];

    private static readonly string[] s_levels = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>dmesg</c>.</param>
    /// <param name="host">The host whose log it is.</param>
    /// <param name="unixSecondsAtStart">The calendar's moment of the host's start, for <c>-T</c>.</param>
    internal static ToolResult Run(IReadOnlyList<string> arguments, Host host, long unixSecondsAtStart)
    {
        if (!OptionReader.TryRead("dmesg", arguments, s_options, out OptionReader reader, out string error))
        {
            return new(1, "", error + "\nTry 'dmesg --help' for more information.\n");
        }

        bool Has(char letter) => reader.Options.Any(option => option.Option.Letter == letter);
        if (Has('h'))
        {
            return ToolResult.Done("Usage:\n dmesg [-c | -C] [-T | -t] [-x] [-r] [-l LEVEL,...]\n\nlevels: emerg alert crit err warn notice info debug\n");
        }

        if (Has('V'))
        {
            return ToolResult.Done("dmesg from util-linux 2.38.1\n");
        }

        List<string> levels = [];
        foreach ((ToolOption option, string value) in reader.Options)
        {
            foreach (string level in option.Letter == 'l' ? value.Split(',') : [])
            {
                if (!s_levels.Contains(level))
                {
                    return ToolResult.Failed(1, $"dmesg: unknown level '{level}'");
                }

                levels.Add(level);
            }
        }

        StringBuilder text = new();
        KernelLog[] logs = [host.Filter.Log, host.Filter6.Log];
        foreach (KernelLogEntry entry in logs.SelectMany(log => log.Entries).OrderBy(entry => entry.Time.Ticks))
        {
            if (Has('C'))
            {
                break;
            }

            if (levels.Count > 0 && !levels.Contains(s_levels[entry.Level]))
            {
                continue;
            }

            double seconds = entry.Time.SinceStart.TotalSeconds;
            string time = Has('t') ? "" : Has('T') ? $"[{CalendarText.Ctime(unixSecondsAtStart + (long)seconds)}] " : string.Create(CultureInfo.InvariantCulture, $"[{seconds,12:F6}] ");
            text.Append(Has('r') ? $"<{entry.Level}>" : Has('x') ? $"kern  :{s_levels[entry.Level],-6}: " : "").Append(time).Append(entry.Text).Append('\n');
        }

        if (Has('c') || Has('C'))
        {
            Array.ForEach(logs, log => log.Clear());
        }

        return ToolResult.Done(text.ToString());
    }
}
