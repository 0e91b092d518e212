using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>ICMP errors about connections (RFC 9293 §3.9.2.2, RFC 5927, RFC 1191, RFC 8201).</content>
internal sealed partial class TcpHost
{
    /// <summary>Takes an ICMP error if the packet it quotes can be one of ours that is still under way.</summary>
    public void ReceiveIcmpError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted)
    {
        if (quoted.Length < 8)
        {
            _counters.IcmpIgnored++;
            return;
        }

        ushort localPort = BinaryPrimitives.ReadUInt16BigEndian(quoted);
        ushort remotePort = BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]);
        SeqNum seq = new(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]));
        FourTuple tuple = new(error.Source, localPort, error.Destination, remotePort);
        TcpEndpoint? endpoint = _endpoints.Find(tuple, tuple.Hash(_tableKey));
        if (endpoint?.Connection is not { } connection || !connection.IsInFlight(seq))
        {
            _counters.IcmpIgnored++; // RFC 5927 §4.1
            return;
        }

        if (error.Kind == IcmpErrorKind.PacketTooBig)
        {
            if (connection.OnPacketTooBig(now, seq, error.Mtu, error.PacketNumber))
            {
                _host.Output.LowerPathMtu(now, error.Destination, error.Mtu);
            }

            AfterInput(endpoint);
            return;
        }

        (Errno meaning, bool isHard) = IcmpMeaning.Of(error);
        if (endpoint.Is(SocketFlags.HalfOpen))
        {
            // Nobody waits for this connection: when the way back is cut the request goes, silently. Linux means other errors by that in each IP version.
            bool isCut = tuple.IsV6 ? isHard : error.Kind is IcmpErrorKind.TimeExceeded or IcmpErrorKind.ParameterProblem || error.Code is 0 or 1;
            if (isCut)
            {
                _counters.ListenDrops++;
                Discard(now, endpoint);
            }

            return;
        }

        connection.OnIcmpError(now, ToTcpError(meaning), isHard, error.PacketNumber);
        AfterInput(endpoint);
    }

    private static TcpError ToTcpError(Errno meaning) => meaning switch
    {
        Errno.ENETUNREACH => TcpError.NetworkUnreachable,
        Errno.ENOPROTOOPT => TcpError.ProtocolUnreachable,
        Errno.ECONNREFUSED => TcpError.Refused,
        Errno.EACCES => TcpError.Prohibited,
        Errno.EPROTO => TcpError.ProtocolProblem,
        Errno.EOPNOTSUPP => TcpError.SourceRouteFailed,
        Errno.EHOSTDOWN => TcpError.HostUnknown,
        Errno.ENONET => TcpError.HostIsolated,
        _ => TcpError.HostUnreachable,
    };
}
