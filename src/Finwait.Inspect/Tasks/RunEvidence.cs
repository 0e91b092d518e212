using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What an answer names, word by word.</summary>
internal sealed class RunEvidence
{
    private static readonly Dictionary<string, RunState> s_states = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CLOSED"] = RunState.Closed,
        ["LISTEN"] = RunState.Listen,
        ["SYNSENT"] = RunState.SynSent,
        ["SYNRECEIVED"] = RunState.SynReceived,
        ["SYNRCVD"] = RunState.SynReceived,
        ["SYNRECV"] = RunState.SynReceived,
        ["ESTABLISHED"] = RunState.Established,
        ["ESTAB"] = RunState.Established,
        ["FINWAIT1"] = RunState.FinWait1,
        ["FINWAIT2"] = RunState.FinWait2,
        ["CLOSEWAIT"] = RunState.CloseWait,
        ["CLOSING"] = RunState.Closing,
        ["LASTACK"] = RunState.LastAck,
        ["TIMEWAIT"] = RunState.TimeWait,
    };

    /// <summary>Names of calls in C and Python; sendall and the like go by what the system is asked for.</summary>
    private static readonly Dictionary<string, string> s_calls = new(StringComparer.Ordinal)
    {
        ["socket"] = "socket", ["bind"] = "bind", ["listen"] = "listen", ["accept"] = "accept", ["accept4"] = "accept", ["setsockopt"] = "setsockopt",
        ["connect"] = "connect", ["connect_ex"] = "connect", ["create_connection"] = "connect",
        ["send"] = "send", ["sendall"] = "send", ["sendto"] = "send", ["sendmsg"] = "send", ["write"] = "send",
        ["recv"] = "recv", ["recvfrom"] = "recv", ["recv_into"] = "recv", ["recvmsg"] = "recv", ["read"] = "recv",
        ["shutdown"] = "shutdown", ["close"] = "close", ["exit"] = "exit", ["quit"] = "exit",
    };

    private readonly List<(string Who, RunState State, bool IsUpper)> _states = [];

    public RunEvidence(RunView view, string answer)
    {
        string who = Client;
        foreach ((string word, char behind) in Words(answer))
        {
            if (IsWho(view, word))
            {
                who = word;
            }
            else if (IsPacket(word))
            {
                Take(view, word);
            }
            else if (s_states.TryGetValue(Plain(word), out RunState state))
            {
                _states.Add((who, state, char.IsUpper(word[0])));
                Calls.UnionWith(word == "listen" ? [word] : []);
            }
            else if (OptionOf(word) is { } name)
            {
                Options.Add(name);
            }
            else if (s_calls.TryGetValue(word, out string? call) && !(word == "socket" && behind == '.')) // socket.SHUT_RDWR is no call
            {
                Calls.Add(call);
            }
        }
    }

    /// <summary>What stands before the states of the client, and may be left out.</summary>
    private const string Client = "client";

    private static bool IsWho(RunView view, string word) =>
        word.Equals(Client, StringComparison.OrdinalIgnoreCase) || word.Equals("server", StringComparison.OrdinalIgnoreCase) || view.Record.Hosts.Any(host => host.Name.Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The states named of one end: behind the word client or server, or behind the name of its host where the ends are on two hosts. In capitals, if any are: the others are prose then.</summary>
    public RunState[] StatesOf(RunView view, RunConnection connection, bool isClient)
    {
        int host = isClient ? connection.ClientHost : connection.ServerHost;
        string name = host >= 0 && connection.ClientHost != connection.ServerHost ? view.Record.Hosts[host].Name : "";
        bool hasUpper = _states.Exists(named => named.IsUpper);
        return [.. _states.Where(named => named.IsUpper == hasUpper && (named.Who.Equals(isClient ? Client : "server", StringComparison.OrdinalIgnoreCase) || (name.Length > 0 && named.Who.Equals(name, StringComparison.OrdinalIgnoreCase)))).Select(named => named.State)];
    }

    /// <summary>All states named, whoever's.</summary>
    public IEnumerable<RunState> States => _states.Select(named => named.State);

    /// <summary>Options by tcpdump's names.</summary>
    public static (string Name, TcpOptionPresence Bit)[] OptionNames { get; } =
        [("mss", TcpOptionPresence.Mss), ("sackOK", TcpOptionPresence.SackPermitted), ("TS", TcpOptionPresence.Timestamps), ("wscale", TcpOptionPresence.WindowScale), ("fastopen", TcpOptionPresence.FastOpen)];

    /// <summary>Other names that people, RFCs and Wireshark have for the options; without hyphens and underscores.</summary>
    private static readonly Dictionary<string, string> s_optionWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sack"] = "sackOK", ["sackpermitted"] = "sackOK", ["sackperm"] = "sackOK", ["selectiveacknowledgment"] = "sackOK",
        ["timestamp"] = "TS", ["timestamps"] = "TS", ["tsval"] = "TS", ["tsopt"] = "TS",
        ["windowscale"] = "wscale", ["windowscaling"] = "wscale", ["ws"] = "wscale", ["wsopt"] = "wscale",
        ["maximumsegmentsize"] = "mss", ["maxseg"] = "mss",
        ["tfo"] = "fastopen", ["tcpfastopen"] = "fastopen", ["cookie"] = "fastopen",
        ["md5"] = "md5", ["ao"] = "ao", ["mptcp"] = "mptcp", ["uto"] = "uto", ["ecn"] = "ecn", // no part of the lab's handshakes: naming one is wrong
    };

    private static string Plain(string word) => word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    private static string? OptionOf(string word)
    {
        string plain = Plain(word);
        return Array.Find(OptionNames, option => option.Name.Equals(plain, StringComparison.OrdinalIgnoreCase)).Name ?? s_optionWords.GetValueOrDefault(plain);
    }

    public List<ViewPacket> Packets { get; } = [];

    public HashSet<string> Options { get; } = [];

    /// <summary>Calls by what the system is asked for: send for sendall() and write().</summary>
    public HashSet<string> Calls { get; } = [];

    /// <summary>A packet that was named and is not there; null if all are.</summary>
    public string? Unknown { get; private set; }

    /// <summary>Letters, digits, _ and - make words, and so does a colon between a host and a number.</summary>
    private static IEnumerable<(string Word, char Behind)> Words(string answer)
    {
        int start = 0;
        for (int i = 0; i <= answer.Length; i++)
        {
            if (i < answer.Length && (char.IsAsciiLetterOrDigit(answer[i]) || answer[i] is '_' or '-' or ':'))
            {
                continue;
            }

            string word = answer[start..i].Trim(':', '-');
            char behind = i < answer.Length ? answer[i] : ' ';
            start = i + 1;
            if (word.Length > 0)
            {
                yield return (word, behind);
            }
        }
    }

    /// <summary>"5", or "romeo:5".</summary>
    private static bool IsPacket(string word) => word[(word.LastIndexOf(':') + 1)..].All(char.IsAsciiDigit);

    /// <summary>"5": the run's packet; "romeo:5": the fifth of romeo's capture.</summary>
    private void Take(RunView view, string word)
    {
        string[] parts = word.Split(':');
        ViewPacket? found = parts.Length == 2
            ? view.Packets.FirstOrDefault(packet => packet.Packet.Captured.Split(", ").Contains($"{parts[0]}.pcap {parts[1]}", StringComparer.OrdinalIgnoreCase))
            : view.Packets.FirstOrDefault(packet => packet.Number.ToString(CultureInfo.InvariantCulture) == word);
        if (found is null)
        {
            Unknown ??= word;
        }
        else if (!Packets.Contains(found))
        {
            Packets.Add(found);
        }
    }
}
