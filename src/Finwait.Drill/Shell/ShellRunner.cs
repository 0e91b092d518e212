using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Drill;

/// <summary>The commands between backquotes, done with the host's settings instead of a shell. What has no counterpart is a need, never a success.</summary>
internal sealed class ShellRunner(PacketPort port)
{
    /// <summary>Commands that change nothing a host in virtual time could show.</summary>
    private static readonly HashSet<string> s_harmless = new(StringComparer.Ordinal)
    {
        "true", ":", "echo", "printf", "nstat", "cat", "ls", "rm", "mkdir", "dmesg", "uname", "date", "set", "export", "exit", "ethtool", "modprobe", "test", "[", "sync",
    };

    private int _line;

    public void Run(int line, string text)
    {
        _line = line;
        foreach (List<string> words in Split(text))
        {
            RunCommand(words);
        }
    }

    private void RunCommand(List<string> words)
    {
        while (words.Count > 0 && (words[0] is "sudo" or "exec" or "source" or "." or "bash" or "sh" or "python" or "python3" or "time" || words[0].StartsWith("LC_", StringComparison.Ordinal)))
        {
            words.RemoveAt(0);
        }

        if (words.Count == 0)
        {
            return;
        }

        string name = words[0][(words[0].LastIndexOf('/') + 1)..];
        string[] arguments = [.. words.Skip(1)];
        switch (name)
        {
            case "sysctl":
                foreach (string assignment in arguments.Where(a => a.Contains('=')))
                {
                    SetSysctl(assignment);
                }

                break;
            case "set_sysctls.py":
                foreach (string assignment in arguments)
                {
                    SetSysctl(assignment.Replace("/proc/sys/", "", StringComparison.Ordinal));
                }

                break;
            case "defaults.sh":
                KernelDefaults.Apply(port.Settings);
                break;
            case "sleep":
                Sleep(arguments);
                break;
            case "ip":
                RunIp(arguments);
                break;
            case "tc":
                if (arguments.Any(a => a is "netem" or "tbf" or "htb"))
                {
                    throw new DrillNeed(_line, "tc " + string.Join(' ', arguments));
                }

                break; // queues without delay or loss send at once, as the host does
            case "ifconfig" when arguments is [_, "mtu", var mtu]:
                SetMtu(mtu);
                break;
            default:
                if (!s_harmless.Contains(name))
                {
                    throw new DrillNeed(_line, $"the command {name}");
                }

                break;
        }
    }

    private void Sleep(string[] arguments)
    {
        string text = arguments.FirstOrDefault("").TrimEnd('s');
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < 86_400)
        {
            port.AdvanceTo(port.Now + TimeSpan.FromSeconds(seconds));
        }
    }

    private void RunIp(string[] arguments)
    {
        string[] words = [.. arguments.Where(a => !a.StartsWith('-'))];
        switch (words)
        {
            case ["tcp_metrics" or "neigh" or "neighbor", ..]:
            case ["addr" or "address", "show", ..]:
                return; // nothing is kept from one script to the next
            case ["link", "set", ..] when Array.IndexOf(words, "mtu") is var at and > 0 && at + 1 < words.Length:
                SetMtu(words[at + 1]);
                return;
            case ["link", "show" or "set", ..]:
                return;
            case ["route" or "ro" or "r", ..]:
                RunRoute(words);
                return;
            default:
                throw new DrillNeed(_line, "ip " + string.Join(' ', arguments));
        }
    }

    private void RunRoute(string[] words)
    {
        for (int i = 1; i < words.Length; i++)
        {
            string next = i + 1 < words.Length ? words[i + 1] : "";
            switch (words[i])
            {
                case "mtu":
                    SetMtu(next == "lock" ? words.ElementAtOrDefault(i + 2) ?? "" : next);
                    i += next == "lock" ? 2 : 1;
                    break;
                case "initcwnd" when int.TryParse(next, CultureInfo.InvariantCulture, out int segments) && segments is > 0 and < 65536:
                    port.Settings.Tcp.InitialWindow = segments;
                    i++;
                    break;
                case "rto_min" when TryTime(next, out TimeSpan least):
                    port.Settings.Tcp.RtoMin = least;
                    i++;
                    break;
                case "quickack" or "initrwnd" or "rtt" or "rttvar" or "ssthresh" or "cwnd" or "reordering" or "advmss" or "window" or "features" or "congctl" or "fastopen_no_cookie" or "hoplimit":
                    throw new DrillNeed(_line, $"ip route … {words[i]}");
            }
        }
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        string digits = text.TrimEnd('m', 's', 'u');
        bool isRead = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        string unit = text[digits.Length..];
        time = unit switch
        {
            "us" => TimeSpan.FromMicroseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            _ => TimeSpan.FromMilliseconds(value),
        };
        return isRead;
    }

    private void SetMtu(string text)
    {
        if (!int.TryParse(text, CultureInfo.InvariantCulture, out int mtu) || mtu is < 68 or > 65535)
        {
            throw new DrillFault(_line, $"bad MTU '{text}'");
        }

        port.Mtu = mtu;
    }

    private void SetSysctl(string assignment)
    {
        int equals = assignment.IndexOf('=');
        string name = assignment[..Math.Max(equals, 0)].Trim().Replace('/', '.');
        string value = assignment[(equals + 1)..].Trim();
        switch (SysctlTable.Set(port.Settings, name, value))
        {
            case Errno.None:
                break;
            case Errno.ENOENT when KernelDefaults.IsWithoutEffect(name, value):
                break;
            default:
                throw new DrillNeed(_line, $"sysctl {name}={value}");
        }
    }

    /// <summary>Commands and their words: quotes are taken away, redirections, comments and backgrounds are left out.</summary>
    private List<List<string>> Split(string text)
    {
        var commands = new List<List<string>> { new() };
        var word = new StringBuilder();
        bool isOpen = false;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (c is '"' or '\'')
            {
                int end = text.IndexOf(c, i + 1);
                if (end < 0)
                {
                    throw new DrillFault(_line, "the command has a quote that does not end");
                }

                word.Append(Arithmetic(text[(i + 1)..end]));
                isOpen = true;
                i = end;
            }
            else if (c == '\\' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                i++;
            }
            else if (c == '#' && !isOpen)
            {
                i = text.IndexOf('\n', i) is var line and >= 0 ? line - 1 : text.Length - 1;
            }
            else if (c == '$' && text.AsSpan(i).StartsWith("$((") && text.IndexOf("))", i, StringComparison.Ordinal) is var close and > 0)
            {
                word.Append(Arithmetic(text[i..(close + 2)]));
                isOpen = true;
                i = close + 1;
            }
            else if (char.IsWhiteSpace(c) || c is ';' or '&' or '|')
            {
                Finish(commands, word, ref isOpen);
                if (c is not (' ' or '\t'))
                {
                    commands.Add([]);
                }
            }
            else
            {
                word.Append(c);
                isOpen = true;
            }
        }

        foreach (List<string> command in commands)
        {
            int redirection = command.FindIndex(w => w.Contains('>') || w.Contains('<'));
            if (redirection >= 0)
            {
                command.RemoveRange(redirection, command.Count - redirection);
            }
        }

        // What is left of "2>&1".
        commands.RemoveAll(command => command is [] or ["1"]);
        return commands;
    }

    private static void Finish(List<List<string>> commands, StringBuilder word, ref bool isOpen)
    {
        if (isOpen)
        {
            commands[^1].Add(word.ToString());
        }

        word.Clear();
        isOpen = false;
    }

    /// <summary>Replaces <c>$((a*b*c))</c> by its value.</summary>
    private static string Arithmetic(string text)
    {
        int from = text.IndexOf("$((", StringComparison.Ordinal);
        int end = from < 0 ? -1 : text.IndexOf("))", from, StringComparison.Ordinal);
        if (end < 0)
        {
            return text;
        }

        long product = 1;
        foreach (string factor in text[(from + 3)..end].Split('*'))
        {
            product *= long.TryParse(factor, CultureInfo.InvariantCulture, out long value) ? value : 0;
        }

        return Arithmetic(string.Create(CultureInfo.InvariantCulture, $"{text[..from]}{product}{text[(end + 2)..]}"));
    }
}
