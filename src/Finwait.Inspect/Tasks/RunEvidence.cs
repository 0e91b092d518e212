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

    private static readonly string[] s_calls = ["socket", "bind", "listen", "accept", "connect", "send", "sendall", "recv", "shutdown", "close"];

    public RunEvidence(RunView view, string answer)
    {
        bool isServer = false;
        foreach (string word in Words(answer))
        {
            if (word.Equals("client", StringComparison.OrdinalIgnoreCase) || word.Equals("server", StringComparison.OrdinalIgnoreCase))
            {
                isServer = word.Equals("server", StringComparison.OrdinalIgnoreCase);
            }
            else if (IsPacket(word))
            {
                Take(view, word);
            }
            else if (s_states.TryGetValue(word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal), out RunState state) && char.IsUpper(word[0]))
            {
                (isServer ? ServerStates : ClientStates).Add(state);
            }
            else if (OptionOf(word) is { } name)
            {
                Options.Add(name);
            }
            else if (s_calls.Contains(word))
            {
                Calls.Add(word);
            }
        }
    }

    /// <summary>Options by tcpdump's names.</summary>
    public static (string Name, TcpOptionPresence Bit)[] OptionNames { get; } =
        [("mss", TcpOptionPresence.Mss), ("sackOK", TcpOptionPresence.SackPermitted), ("TS", TcpOptionPresence.Timestamps), ("wscale", TcpOptionPresence.WindowScale)];

    /// <summary>Other names that people, RFCs and Wireshark have for the options; without hyphens and underscores.</summary>
    private static readonly Dictionary<string, string> s_optionWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sack"] = "sackOK", ["sackpermitted"] = "sackOK", ["sackperm"] = "sackOK", ["selectiveacknowledgment"] = "sackOK",
        ["timestamp"] = "TS", ["timestamps"] = "TS", ["tsval"] = "TS", ["tsopt"] = "TS",
        ["windowscale"] = "wscale", ["windowscaling"] = "wscale", ["ws"] = "wscale", ["wsopt"] = "wscale",
        ["maximumsegmentsize"] = "mss", ["maxseg"] = "mss",
    };

    private static string? OptionOf(string word)
    {
        string plain = word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return Array.Find(OptionNames, option => option.Name.Equals(plain, StringComparison.OrdinalIgnoreCase)).Name ?? s_optionWords.GetValueOrDefault(plain);
    }

    public List<ViewPacket> Packets { get; } = [];

    public List<RunState> ClientStates { get; } = [];

    public List<RunState> ServerStates { get; } = [];

    public HashSet<string> Options { get; } = [];

    public HashSet<string> Calls { get; } = [];

    /// <summary>A packet that was named and is not there; null if all are.</summary>
    public string? Unknown { get; private set; }

    /// <summary>Letters, digits, _ and - make words, and so does a colon between a host and a number.</summary>
    private static IEnumerable<string> Words(string answer)
    {
        int start = 0;
        for (int i = 0; i <= answer.Length; i++)
        {
            if (i < answer.Length && (char.IsAsciiLetterOrDigit(answer[i]) || answer[i] is '_' or '-' or ':'))
            {
                continue;
            }

            string word = answer[start..i].Trim(':', '-');
            start = i + 1;
            if (word.Length > 0)
            {
                yield return word;
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
        else
        {
            Packets.Add(found);
        }
    }
}
