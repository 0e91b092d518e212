namespace Finwait.Drill;

/// <summary>The messages of ICMP and ICMPv6 by packetdrill's names.</summary>
internal static class IcmpNames
{
    private static readonly string[] s_unreachable =
    [
        "net_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable", "frag_needed", "source_route_failed", "net_unknown", "host_unknown",
        "source_host_isolated", "net_prohibited", "host_prohibited", "net_unreachable_for_tos", "host_unreachable_for_tos", "packet_filtered", "precedence_violation", "precedence_cutoff",
    ];

    private static readonly string[] s_unreachableV6 =
        ["no_route", "admin_prohibited", "not_neighbour", "address_unreachable", "port_unreachable"];

    private static readonly string[] s_redirect = ["net", "host", "net_tos", "host_tos"];
    private static readonly string[] s_exceeded = ["ttl_exceeded", "fragment_reassembly_time_exceeded"];
    private static readonly string[] s_exceededV6 = ["hop_limit_exceeded", "fragment_reassembly_time_exceeded"];

    public static bool HasCodes(bool isV6, string type) => type is "unreachable" or "time_exceeded" || (!isV6 && type == "redirect");

    public static bool TryFind(bool isV6, string type, string code, out byte typeNumber, out byte codeNumber)
    {
        codeNumber = 0;
        int number = (isV6, type) switch
        {
            (false, "unreachable") => 3,
            (false, "source_quench") => 4,
            (false, "redirect") => 5,
            (false, "time_exceeded") => 11,
            (false, "parameter_problem") => 12,
            (false, "echo_request") => 8,
            (false, "echo_reply") => 0,
            (true, "unreachable") => 1,
            (true, "packet_too_big") => 2,
            (true, "time_exceeded") => 3,
            (true, "parameter_problem") => 4,
            (true, "echo_request") => 128,
            (true, "echo_reply") => 129,
            _ => -1,
        };
        typeNumber = (byte)Math.Max(number, 0);
        if (number < 0 || !HasCodes(isV6, type))
        {
            return number >= 0;
        }

        string[] codes = (isV6, type) switch
        {
            (false, "unreachable") => s_unreachable,
            (false, "redirect") => s_redirect,
            (false, _) => s_exceeded,
            (true, "unreachable") => s_unreachableV6,
            _ => s_exceededV6,
        };
        int at = Array.IndexOf(codes, code);
        codeNumber = (byte)Math.Max(at, 0);
        return at >= 0;
    }
}
