using System.Globalization;

namespace Finwait.Inspect;

/// <summary>A call, or a command, as a ladder tells of it.</summary>
/// <param name="Time">When it was made.</param>
/// <param name="Order">Its number in the order of the run.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Text">What stands beside the host's line.</param>
internal sealed record LadderCall(TimeSpan Time, ulong Order, int Host, string Text)
{
    /// <summary>The line of the transcript that was typed for it, or the last one typed before on its host; −1 for none.</summary>
    public int Line { get; init; } = -1;

    /// <summary>The recorded call; null for a command, and for what was typed and called no socket.</summary>
    public RunCall? Call { get; init; }
}

/// <summary>
/// Finds what is told of the programs of a run: the calls of Python, each where it was made, and the commands of the shell. A call has the words that it was typed with where
/// these name it for certain, else its name and what it was given: in a function or a loop, one line makes calls that it does not name.
/// </summary>
internal static class LadderCalls
{
    private static readonly string[] s_commands = ["iptables", "ip6tables", "nc", "telnet", "curl", "kill", "python3", "ping", "tc", "sysctl", "traceroute", "ifconfig", "^C", "^D"];

    /// <summary>Programs whose calls everybody can think of: their command stands for them.</summary>
    private static readonly string[] s_tools = ["nc", "netcat", "telnet", "curl", "ping", "traceroute"];

    /// <summary>The calls that are told, and the functions of Python that make each.</summary>
    private static readonly (string Call, string[] Functions)[] s_calls =
    [
        ("bind", ["bind"]), ("listen", ["listen", "create_server"]), ("connect", ["connect", "connect_ex", "create_connection"]), ("accept", ["accept"]), ("send", ["send", "sendall", "sendmsg"]), ("sendto", ["sendto", "sendmsg"]),
        ("recv", ["recv", "recv_into", "recvmsg"]), ("recvfrom", ["recvfrom", "recvfrom_into", "recv"]), ("shutdown", ["shutdown"]), ("close", ["close"]), ("setsockopt", ["setsockopt"]), ("exit", []),
    ];

    /// <summary>What no call of the socket layer tells of.</summary>
    private static readonly (string Call, string[] Functions)[] s_without = [("settimeout", ["settimeout"])];

    private static readonly string[] s_blocks = ["def ", "for ", "while ", "if ", "with ", "class ", "try:", "lambda "];

    /// <summary>All calls and commands, in no order.</summary>
    public static IReadOnlyList<LadderCall> Of(RunRecord record)
    {
        List<int>[] typed = [.. record.Hosts.Select(_ => new List<int>())];
        for (int i = 0; i < record.Lines.Count; i++)
        {
            if (record.Lines[i] is { Host: >= 0, Call.Length: > 0 } line)
            {
                typed[line.Host].Add(i);
            }
        }

        var told = new List<LadderCall>();
        for (int host = 0; host < record.Hosts.Count; host++)
        {
            AddCalls(told, record, host, typed[host]);
            AddTyped(told, record, host, typed[host]);
        }

        return told;
    }

    private static void AddCalls(List<LadderCall> told, RunRecord record, int host, List<int> typed)
    {
        var last = new Dictionary<string, RunCall>();
        var made = new List<(RunCall Call, int Line)>();
        int next = 0;
        foreach (RunCall each in record.Calls.Where(call => call.Host == host && call.Name.Length > 0).OrderBy(call => call.Order))
        {
            RunCall call = each.IsWait ? each with { Name = CallOf(each.Name) } : each;
            for (; next < typed.Count && record.Lines[typed[next]].Order < call.Order; next++)
            {
            }

            bool goesOn = last.TryGetValue(call.Program, out RunCall? before) && GoesOn(before, call);
            last[call.Program] = goesOn && before!.IsWait && (before.Ended != call.Time || call.Name == "send") ? before : call; // what sends a part goes on to wait
            if (!goesOn && FunctionsOf(s_calls, call.Name) is not null && !s_tools.Contains(CommandOf(call.Program)))
            {
                made.Add((call, next == 0 ? -1 : typed[next - 1]));
            }
        }

        foreach (IGrouping<(string, string, int, string), (RunCall Call, int Line)> group in made.GroupBy(each => (each.Call.Program, each.Call.Line, each.Line, each.Call.Name)))
        {
            string[] words = Words(group.First().Call.Line, FunctionsOf(s_calls, group.First().Call.Name)!);
            int count = words.Length > 1 ? group.Count() : 1;
            foreach (((RunCall call, int line), int i) in group.Select((each, i) => (each, i)))
            {
                string text = words.Length == 1 ? words[0] : words.Length > 1 && count == words.Length ? words[i] : call.Name == "exit" ? "exit" : $"{call.Name}({call.Arguments})";
                told.Add(new LadderCall(call.Time, call.Order, host, text) { Line = line, Call = call });
            }
        }
    }

    /// <summary>True if two records are of one call: it waited and then gave something, or it did a part and waits to do the rest.</summary>
    private static bool GoesOn(RunCall before, RunCall call) => before.Name == call.Name && before.Line == call.Line
        && (before.IsWait ? !call.IsWait && call.Name != "connect" && call.Time <= (before.Ended ?? TimeSpan.MaxValue) : call.IsWait && call.Name is "connect" or "send" or "sendto" or "close");

    private static void AddTyped(List<LadderCall> told, RunRecord record, int host, List<int> typed)
    {
        foreach (int i in typed)
        {
            RunLine line = record.Lines[i];
            ReadOnlySpan<char> prompt = line.Text.AsSpan(Math.Min(line.Text.Length, record.Hosts[host].Name.Length)).TrimStart();
            string text = prompt.StartsWith("$", StringComparison.Ordinal) ? ShellCall(line.Call) : prompt.StartsWith(">", StringComparison.Ordinal) ? WithoutCall(record, line) : "";
            if (text.Length > 0)
            {
                told.Add(new LadderCall(line.Time, line.Order, host, text) { Line = i });
            }
        }
    }

    private static string ShellCall(string command) => s_commands.Contains(CommandOf(command)) ? "$ " + command.Trim() : "";

    private static string CommandOf(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word != "sudo") ?? "";

    /// <summary>What a typed line calls that is not recorded as a call: a time limit, or all where nobody records calls.</summary>
    private static string WithoutCall(RunRecord record, RunLine line)
    {
        string code = line.Call.TrimStart();
        return s_blocks.Any(block => code.StartsWith(block, StringComparison.Ordinal)) ? ""
            : Words(code, [.. (record.Calls.Count == 0 ? s_calls.Concat(s_without) : s_without).SelectMany(call => call.Functions)]).FirstOrDefault("");
    }

    /// <summary>What waits has the name of Python's function: sendall() makes the call send().</summary>
    private static string CallOf(string function) => Array.Find(s_calls, call => call.Functions.Contains(function)).Call ?? function;

    private static string[]? FunctionsOf((string Call, string[] Functions)[] calls, string name) => Array.Find(calls, call => call.Call == name).Functions;

    /// <summary>The calls of functions in a line, without the object's name: "connect(('10.10.2.100', 4000))".</summary>
    private static string[] Words(string line, string[] functions)
    {
        var words = new List<string>();
        int dot = -1;
        while ((dot = line.IndexOf('.', dot + 1)) >= 0)
        {
            int end = dot + 1;
            while (end < line.Length && (char.IsAsciiLetter(line[end]) || line[end] == '_'))
            {
                end++;
            }

            if (end < line.Length && line[end] == '(' && functions.Contains(line[(dot + 1)..end]))
            {
                words.Add(Shorten(line[(dot + 1)..]));
            }
        }

        return [.. words];
    }

    private static string Shorten(string call)
    {
        int depth = 0;
        for (int i = 0; i < call.Length; i++)
        {
            depth += call[i] == '(' ? 1 : call[i] == ')' ? -1 : 0;
            if (call[i] == ')' && depth == 0)
            {
                call = call[..(i + 1)];
            }
        }

        return call.Replace("socket.", "", StringComparison.Ordinal).Trim();
    }

    /// <summary>Of a host that talks to itself: true for the server's end, false for the client's; null if nothing tells.</summary>
    public static bool? IsServers(RunView view, LadderCall told)
    {
        foreach (RunConnection connection in view.Connections.Where(connection => connection.ServerHost == told.Host))
        {
            RunCall? call = told.Call ?? FirstOf(view.Record, told);
            if (call is { Local.Port: > 0 } or { Peer.Port: > 0 })
            {
                bool isServer = call.Local.Port == connection.Server.Port, isClient = call.Local.Port == connection.Client.Port && connection.Client.Port > 0;
                if (isServer || isClient)
                {
                    return isServer;
                }

                if (call.Peer == connection.Server)
                {
                    return false;
                }
            }
        }

        return told.Text.StartsWith("listen", StringComparison.Ordinal) || told.Text.StartsWith("accept", StringComparison.Ordinal) ? true : null;
    }

    /// <summary>The first call that a program made which a command started.</summary>
    private static RunCall? FirstOf(RunRecord record, LadderCall command)
    {
        string program = command.Text.TrimStart('$', ' ').TrimEnd('&', ' ');
        return command.Text.StartsWith('$') ? record.Calls.Where(call => call.Host == command.Host && call.Order > command.Order && call.Local.Port + call.Peer.Port > 0 && call.Program.TrimEnd('&', ' ') == program).MinBy(call => call.Order) : null;
    }
}
