using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What an ICMP error says to a transport, as Linux 6.18 tells it to the socket.</summary>
internal static class IcmpMeaning
{
    /// <summary>What the application reads from SO_ERROR, and whether the error is a hard one: no other packet would fare better.</summary>
    public static (Errno Error, bool IsHard) Of(in IcmpErrorInfo error) => error.Kind switch
    {
        IcmpErrorKind.PacketTooBig => (Errno.EMSGSIZE, false),
        IcmpErrorKind.TimeExceeded => (Errno.EHOSTUNREACH, false),
        _ => error.Source.IsV6 ? OfV6((Icmpv6Type)error.Type, error.Code) : OfV4((Icmpv4Type)error.Type, error.Code),
    };

    private static (Errno Error, bool IsHard) OfV4(Icmpv4Type type, byte code) => (type, code) switch
    {
        (Icmpv4Type.ParameterProblem, _) => (Errno.EPROTO, true),
        (_, 0 or 11) => (Errno.ENETUNREACH, false),
        (_, Icmpv4Code.ProtocolUnreachable) => (Errno.ENOPROTOOPT, true),
        (_, Icmpv4Code.PortUnreachable) => (Errno.ECONNREFUSED, true),
        (_, Icmpv4Code.SourceRouteFailed) => (Errno.EOPNOTSUPP, false),
        (_, 6 or Icmpv4Code.NetProhibited) => (Errno.ENETUNREACH, true),
        (_, 7) => (Errno.EHOSTDOWN, true),
        (_, 8) => (Errno.ENONET, true),
        (_, Icmpv4Code.HostProhibited or Icmpv4Code.CommunicationProhibited or 14 or 15) => (Errno.EHOSTUNREACH, true),
        _ => (Errno.EHOSTUNREACH, false),
    };

    private static (Errno Error, bool IsHard) OfV6(Icmpv6Type type, byte code) => (type, code) switch
    {
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.NoRoute) => (Errno.ENETUNREACH, false),
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.Prohibited or Icmpv6Code.FailedPolicy or Icmpv6Code.RejectRoute) => (Errno.EACCES, true),
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.BeyondScope or Icmpv6Code.AddressUnreachable) => (Errno.EHOSTUNREACH, false),
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.PortUnreachable) => (Errno.ECONNREFUSED, true),
        (Icmpv6Type.DestinationUnreachable or Icmpv6Type.ParameterProblem, _) => (Errno.EPROTO, true),
        _ => (Errno.EPROTO, false), // error types not known yet are for the transport too (RFC 4443 §2.4(a))
    };
}
