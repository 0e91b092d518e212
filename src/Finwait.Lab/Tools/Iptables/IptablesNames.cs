using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Words that iptables uses for numbers: protocols, ICMP types, flags, log levels, answers of REJECT.</summary>
internal static class IptablesNames
{
    private static readonly (int Number, string Name)[] s_protocols =
    [
        (1, "icmp"), (2, "igmp"), (3, "ggp"), (4, "ipencap"), (5, "st"), (6, "tcp"), (8, "egp"), (9, "igp"), (12, "pup"), (17, "udp"), (20, "hmp"), (22, "xns-idp"), (27, "rdp"),
        (29, "iso-tp4"), (33, "dccp"), (36, "xtp"), (37, "ddp"), (38, "idpr-cmtp"), (41, "ipv6"), (43, "ipv6-route"), (44, "ipv6-frag"), (45, "idrp"), (46, "rsvp"), (47, "gre"),
        (50, "esp"), (51, "ah"), (57, "skip"), (58, "ipv6-icmp"), (58, "icmpv6"), (59, "ipv6-nonxt"), (60, "ipv6-opts"), (73, "rspf"), (81, "vmtp"), (88, "eigrp"), (89, "ospf"),
        (93, "ax.25"), (94, "ipip"), (97, "etherip"), (98, "encap"), (103, "pim"), (108, "ipcomp"), (112, "vrrp"), (115, "l2tp"), (124, "isis"), (132, "sctp"), (133, "fc"),
        (135, "mobility-header"), (135, "ipv6-mh"), (135, "mh"), (136, "udplite"), (137, "mpls-in-ip"), (138, "manet"), (139, "hip"), (140, "shim6"), (141, "wesp"), (142, "rohc"), (143, "ethernet"),
    ];

    // First name of a number is the one printed; all codes of a type are 0 to 255.
    private static readonly (string Name, byte Type, byte First, byte Last)[] s_icmp =
    [
        ("any", 255, 0, 255), ("echo-reply", 0, 0, 255), ("pong", 0, 0, 255), ("destination-unreachable", 3, 0, 255), ("network-unreachable", 3, 0, 0), ("host-unreachable", 3, 1, 1),
        ("protocol-unreachable", 3, 2, 2), ("port-unreachable", 3, 3, 3), ("fragmentation-needed", 3, 4, 4), ("source-route-failed", 3, 5, 5), ("network-unknown", 3, 6, 6), ("host-unknown", 3, 7, 7),
        ("network-prohibited", 3, 9, 9), ("host-prohibited", 3, 10, 10), ("TOS-network-unreachable", 3, 11, 11), ("TOS-host-unreachable", 3, 12, 12), ("communication-prohibited", 3, 13, 13),
        ("host-precedence-violation", 3, 14, 14), ("precedence-cutoff", 3, 15, 15), ("source-quench", 4, 0, 255), ("redirect", 5, 0, 255), ("network-redirect", 5, 0, 0), ("host-redirect", 5, 1, 1),
        ("TOS-network-redirect", 5, 2, 2), ("TOS-host-redirect", 5, 3, 3), ("echo-request", 8, 0, 255), ("ping", 8, 0, 255), ("router-advertisement", 9, 0, 255), ("router-solicitation", 10, 0, 255),
        ("time-exceeded", 11, 0, 255), ("ttl-exceeded", 11, 0, 255), ("ttl-zero-during-transit", 11, 0, 0), ("ttl-zero-during-reassembly", 11, 1, 1), ("parameter-problem", 12, 0, 255),
        ("ip-header-bad", 12, 0, 0), ("required-option-missing", 12, 1, 1), ("timestamp-request", 13, 0, 255), ("timestamp-reply", 14, 0, 255), ("address-mask-request", 17, 0, 255), ("address-mask-reply", 18, 0, 255),
    ];

    private static readonly (string Name, byte Type, byte First, byte Last)[] s_icmpV6 =
    [
        ("destination-unreachable", 1, 0, 255), ("no-route", 1, 0, 0), ("communication-prohibited", 1, 1, 1), ("beyond-scope", 1, 2, 2), ("address-unreachable", 1, 3, 3), ("port-unreachable", 1, 4, 4),
        ("failed-policy", 1, 5, 5), ("reject-route", 1, 6, 6), ("packet-too-big", 2, 0, 255), ("time-exceeded", 3, 0, 255), ("ttl-exceeded", 3, 0, 255), ("ttl-zero-during-transit", 3, 0, 0),
        ("ttl-zero-during-reassembly", 3, 1, 1), ("parameter-problem", 4, 0, 255), ("bad-header", 4, 0, 0), ("unknown-header-type", 4, 1, 1), ("unknown-option", 4, 2, 2), ("echo-request", 128, 0, 255),
        ("ping", 128, 0, 255), ("echo-reply", 129, 0, 255), ("pong", 129, 0, 255), ("router-solicitation", 133, 0, 255), ("router-advertisement", 134, 0, 255), ("neighbour-solicitation", 135, 0, 255),
        ("neighbor-solicitation", 135, 0, 255), ("neighbour-advertisement", 136, 0, 255), ("neighbor-advertisement", 136, 0, 255), ("redirect", 137, 0, 255),
    ];

    private static readonly (TcpFlags Flag, string Name)[] s_flags =
        [(TcpFlags.Fin, "FIN"), (TcpFlags.Syn, "SYN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG")];

    private static readonly (string Name, byte Level)[] s_levels =
        [("emerg", 0), ("panic", 0), ("alert", 1), ("crit", 2), ("err", 3), ("error", 3), ("warn", 4), ("warning", 4), ("notice", 5), ("info", 6), ("debug", 7)];

    private static readonly (RejectWith With, string Name, string ShortName)[] s_rejects =
    [
        (RejectWith.NetUnreachable, "icmp-net-unreachable", "net-unreach"), (RejectWith.HostUnreachable, "icmp-host-unreachable", "host-unreach"), (RejectWith.ProtocolUnreachable, "icmp-proto-unreachable", "proto-unreach"),
        (RejectWith.PortUnreachable, "icmp-port-unreachable", "port-unreach"), (RejectWith.NetProhibited, "icmp-net-prohibited", "net-prohib"), (RejectWith.HostProhibited, "icmp-host-prohibited", "host-prohib"),
        (RejectWith.TcpReset, "tcp-reset", "tcp-rst"), (RejectWith.AdminProhibited, "icmp-admin-prohibited", "admin-prohib"),
    ];

    private static readonly (RejectWith With, string Name, string ShortName)[] s_rejectsV6 =
    [
        (RejectWith.NetUnreachable, "icmp6-no-route", "no-route"), (RejectWith.AdminProhibited, "icmp6-adm-prohibited", "adm-prohibited"), (RejectWith.HostUnreachable, "icmp6-addr-unreachable", "addr-unreach"),
        (RejectWith.PortUnreachable, "icmp6-port-unreachable", "port-unreach"), (RejectWith.TcpReset, "tcp-reset", "tcp-reset"),
    ];

    internal static string Protocol(int number) => s_protocols.FirstOrDefault(entry => entry.Number == number).Name ?? number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A name (letters' case does not matter), a number, or <c>all</c> for 0.</summary>
    internal static bool TryParseProtocol(string text, out byte number)
    {
        string lower = text.ToLowerInvariant();
        number = 0;
        if (lower == "all" || byte.TryParse(lower, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        int at = Array.FindIndex(s_protocols, entry => entry.Name == lower);
        number = at < 0 ? (byte)0 : (byte)s_protocols[at].Number;
        return at >= 0;
    }

    internal static string Flags(TcpFlags flags) => flags == 0 ? "NONE" : string.Join(',', s_flags.Where(entry => (flags & entry.Flag) != 0).Select(entry => entry.Name));

    /// <summary>Names by commas, ALL or NONE.</summary>
    /// <param name="unknown">The word that is no flag, if false is returned.</param>
    internal static bool TryParseFlags(string text, out TcpFlags flags, out string unknown)
    {
        flags = 0;
        unknown = "";
        foreach (string word in text.Split(','))
        {
            int at = Array.FindIndex(s_flags, entry => entry.Name.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (at >= 0)
            {
                flags |= s_flags[at].Flag;
            }
            else if (word.Equals("ALL", StringComparison.OrdinalIgnoreCase))
            {
                flags |= (TcpFlags)0x3F;
            }
            else if (!word.Equals("NONE", StringComparison.OrdinalIgnoreCase))
            {
                unknown = word;
                return false;
            }
        }

        return true;
    }

    internal static string Level(byte level) => s_levels.First(entry => entry.Level == level).Name;

    internal static bool TryParseLevel(string text, out byte level)
    {
        int at = Array.FindIndex(s_levels, entry => entry.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase) && text.Length > 0);
        level = at < 0 ? (byte)0 : s_levels[at].Level;
        return at >= 0 || (byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out level) && level <= 7);
    }

    internal static string Reject(RejectWith with, bool v6) => (v6 ? s_rejectsV6 : s_rejects).FirstOrDefault(entry => entry.With == with).Name ?? (v6 ? s_rejectsV6 : s_rejects)[3].Name;

    /// <summary>A name, its short form, or the beginning of one: the first in the list that begins so.</summary>
    internal static bool TryParseReject(string text, bool v6, out RejectWith with)
    {
        (RejectWith With, string Name, string ShortName)[] table = v6 ? s_rejectsV6 : s_rejects;
        int at = text.Length == 0 ? -1 : Array.FindIndex(table, entry => entry.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase) || entry.ShortName.StartsWith(text, StringComparison.OrdinalIgnoreCase));
        with = at < 0 ? default : table[at].With;
        return at >= 0;
    }

    /// <summary>The name of a type and codes; <c>null</c> if none has exactly these.</summary>
    internal static string? IcmpType(IcmpTypeMatch match, bool v6) =>
        (v6 ? s_icmpV6 : s_icmp).FirstOrDefault(entry => entry.Type == match.Type && entry.First == match.FirstCode && entry.Last == match.LastCode).Name;

    /// <summary>A name or the clear beginning of one, <c>TYPE</c> or <c>TYPE/CODE</c>.</summary>
    /// <param name="error">What is wrong, without the program's name, if false is returned.</param>
    internal static bool TryParseIcmpType(string text, bool v6, out IcmpTypeMatch match, out string error)
    {
        match = default;
        error = "";
        string kind = v6 ? "ICMPv6" : "ICMP";
        (string Name, byte Type, byte First, byte Last)? found = null;
        foreach ((string Name, byte Type, byte First, byte Last) entry in v6 ? s_icmpV6 : s_icmp)
        {
            if (entry.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                found = entry;
                break;
            }

            if (text.Length > 0 && entry.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase))
            {
                if (found is { } other)
                {
                    error = $"Ambiguous {kind} type `{text}': `{other.Name}' or `{entry.Name}'?";
                    return false;
                }

                found = entry;
            }
        }

        if (found is { } one)
        {
            match = new(one.Type, one.First, one.Last);
            return true;
        }

        int slash = text.IndexOf('/');
        if (!byte.TryParse(slash < 0 ? text : text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out byte type))
        {
            error = $"Unknown {kind} type `{(slash < 0 ? text : text[..slash])}'";
            return false;
        }

        if (slash < 0)
        {
            match = new(type);
            return true;
        }

        if (!byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out byte code))
        {
            error = $"Unknown {kind} code `{text}'";
            return false;
        }

        match = new(type, code, code);
        return true;
    }

    // In the order in which the tools print them.
    private static readonly (string Name, ConnectionStates State)[] s_states =
        [("INVALID", ConnectionStates.Invalid), ("NEW", ConnectionStates.New), ("RELATED", ConnectionStates.Related), ("ESTABLISHED", ConnectionStates.Established), ("UNTRACKED", ConnectionStates.Untracked)];

    /// <summary>Reads states with commas between them, in letters of either size.</summary>
    internal static bool TryParseStates(string text, out ConnectionStates states)
    {
        states = ConnectionStates.None;
        foreach (string word in text.Split(','))
        {
            ConnectionStates state = Array.Find(s_states, entry => entry.Name.Equals(word, StringComparison.OrdinalIgnoreCase)).State;
            if (state == ConnectionStates.None)
            {
                return false;
            }

            states |= state;
        }

        return true;
    }

    /// <summary>States with commas between them.</summary>
    internal static string States(ConnectionStates states) => string.Join(',', s_states.Where(entry => (states & entry.State) != 0).Select(entry => entry.Name));

    /// <summary>The words of LOG's flags, in the order in which the tools print them.</summary>
    internal static IEnumerable<string> LogWords(LogFlags flags)
    {
        (LogFlags, string)[] words = [(LogFlags.TcpSequence, "tcp-sequence"), (LogFlags.TcpOptions, "tcp-options"), (LogFlags.IpOptions, "ip-options"), (LogFlags.User, "uid"), (LogFlags.LinkAddresses, "macdecode")];
        return words.Where(entry => (flags & entry.Item1) != 0).Select(entry => entry.Item2);
    }
}
