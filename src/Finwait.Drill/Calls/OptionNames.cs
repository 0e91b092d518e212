using Finwait.Stack;

namespace Finwait.Drill;

/// <summary>Socket options by level and name.</summary>
internal static class OptionNames
{
    // The right side is the name of a member of SocketOption: one that the host does not have yet is simply not found.
    private static readonly Dictionary<string, string> s_members = new(StringComparer.Ordinal)
    {
        ["SO_REUSEADDR"] = "ReuseAddress", ["SO_REUSEPORT"] = "ReusePort", ["SO_KEEPALIVE"] = "KeepAlive", ["SO_LINGER"] = "Linger",
        ["SO_RCVBUF"] = "ReceiveBuffer", ["SO_SNDBUF"] = "SendBuffer", ["SO_ERROR"] = "Error", ["SO_TYPE"] = "Type", ["SO_DOMAIN"] = "Domain",
        ["SO_PROTOCOL"] = "Protocol", ["SO_ACCEPTCONN"] = "AcceptConnections", ["SO_BROADCAST"] = "Broadcast", ["SO_RCVLOWAT"] = "ReceiveLowWater",
        ["SO_OOBINLINE"] = "OutOfBandInline", ["SO_MAX_PACING_RATE"] = "MaxPacingRate", ["SO_PRIORITY"] = "Priority", ["SO_MARK"] = "Mark",
        ["TCP_NODELAY"] = "TcpNoDelay", ["TCP_MAXSEG"] = "TcpMaxSegment", ["TCP_KEEPIDLE"] = "TcpKeepIdle", ["TCP_KEEPINTVL"] = "TcpKeepInterval", ["TCP_KEEPCNT"] = "TcpKeepCount",
        ["TCP_USER_TIMEOUT"] = "TcpUserTimeout", ["TCP_CORK"] = "TcpCork", ["TCP_QUICKACK"] = "TcpQuickAck", ["TCP_DEFER_ACCEPT"] = "TcpDeferAccept", ["TCP_SYNCNT"] = "TcpSynCount",
        ["TCP_LINGER2"] = "TcpLinger2", ["TCP_WINDOW_CLAMP"] = "TcpWindowClamp", ["TCP_NOTSENT_LOWAT"] = "TcpNotSentLowWater", ["TCP_FASTOPEN"] = "TcpFastOpen",
        ["TCP_FASTOPEN_CONNECT"] = "TcpFastOpenConnect", ["TCP_FASTOPEN_NO_COOKIE"] = "TcpFastOpenNoCookie", ["TCP_SAVE_SYN"] = "TcpSaveSyn", ["TCP_INQ"] = "TcpInq", ["TCP_TIMESTAMP"] = "TcpTimestamp",
        ["TCP_THIN_LINEAR_TIMEOUTS"] = "TcpThinLinearTimeouts", ["TCP_RTO_MAX_MS"] = "TcpRtoMax", ["TCP_RTO_MIN_US"] = "TcpRtoMin", ["TCP_DELACK_MAX_US"] = "TcpDelayedAckMax",
        ["IP_TTL"] = "TimeToLive", ["IPV6_UNICAST_HOPS"] = "TimeToLive", ["IP_TOS"] = "TypeOfService", ["IPV6_TCLASS"] = "TypeOfService", ["IPV6_V6ONLY"] = "Ipv6Only",
        ["IP_BIND_ADDRESS_NO_PORT"] = "BindAddressNoPort", ["IP_MTU_DISCOVER"] = "MtuDiscover", ["IPV6_MTU_DISCOVER"] = "MtuDiscover", ["IP_MTU"] = "Mtu", ["IPV6_MTU"] = "Mtu",
        ["IP_RECVERR"] = "ReceiveErrors", ["IPV6_RECVERR"] = "ReceiveErrors",
    };

    private static readonly Dictionary<long, string> s_socketLevel = new()
    {
        [2] = "SO_REUSEADDR", [15] = "SO_REUSEPORT", [9] = "SO_KEEPALIVE", [10] = "SO_OOBINLINE", [13] = "SO_LINGER", [8] = "SO_RCVBUF", [7] = "SO_SNDBUF", [4] = "SO_ERROR", [3] = "SO_TYPE", [6] = "SO_BROADCAST",
        [20] = "SO_RCVTIMEO", [21] = "SO_SNDTIMEO", [18] = "SO_RCVLOWAT", [30] = "SO_ACCEPTCONN", [39] = "SO_DOMAIN", [38] = "SO_PROTOCOL", [47] = "SO_MAX_PACING_RATE", [60] = "SO_ZEROCOPY",
    };

    private static readonly Dictionary<long, string> s_tcpLevel = new()
    {
        [1] = "TCP_NODELAY", [2] = "TCP_MAXSEG", [3] = "TCP_CORK", [4] = "TCP_KEEPIDLE", [5] = "TCP_KEEPINTVL", [6] = "TCP_KEEPCNT", [7] = "TCP_SYNCNT", [8] = "TCP_LINGER2", [9] = "TCP_DEFER_ACCEPT",
        [10] = "TCP_WINDOW_CLAMP", [11] = "TCP_INFO", [12] = "TCP_QUICKACK", [13] = "TCP_CONGESTION", [18] = "TCP_USER_TIMEOUT", [23] = "TCP_FASTOPEN", [25] = "TCP_NOTSENT_LOWAT", [27] = "TCP_SAVE_SYN", [36] = "TCP_INQ", [30] = "TCP_FASTOPEN_CONNECT",
    };

    /// <summary>The name of an option that the script gives by its number; the name itself if it gives that.</summary>
    public static string Of(long level, DrillExpression option) => option switch
    {
        SymbolExpression symbol => symbol.Name,
        NumberExpression number when level == 1 && s_socketLevel.TryGetValue(number.Value, out string? name) => name,
        NumberExpression number when level == 6 && s_tcpLevel.TryGetValue(number.Value, out string? name) => name,
        NumberExpression number => $"option {number.Value} of level {level}",
        _ => "an option",
    };

    public static bool TryFind(string name, out SocketOption option)
    {
        option = default;
        return s_members.TryGetValue(name, out string? member) && Enum.TryParse(member, out option);
    }
}
