using Finwait.Tcp;

namespace Finwait.Stack;

/// <content>The rarer TCP options; what is kept and what is refused was taken from a Linux 6.18 kernel.</content>
public sealed partial class SocketLayer
{
    private const int MaxSynCount = 127;
    private const int MaxLinger2Seconds = 120;

    /// <summary>The options with one changed; null if the value is out of range, or the option none of these.</summary>
    private StreamOptions? ChangeTcpOption(TcpEndpoint endpoint, StreamOptions old, SocketOption option, int value) => option switch
    {
        SocketOption.TcpCork => old with { Cork = value != 0 },
        SocketOption.TcpNotSentLowWater => old with { NotSentLowWater = (uint)value },
        SocketOption.TcpSynCount => value is >= 1 and <= MaxSynCount ? old with { SynRetries = value } : null,
        SocketOption.TcpLinger2 => old with { Linger2Seconds = Math.Clamp(value, -1, MaxLinger2Seconds) },
        SocketOption.TcpDeferAccept => old with { DeferAccept = SynAckTimeouts.FromSeconds(value) },
        SocketOption.TcpWindowClamp when value == 0 && endpoint.State != TcpState.Closed => null,
        SocketOption.TcpWindowClamp => old with { WindowClamp = value == 0 ? 0 : Math.Max(MinReceiveBuffer / 2, value) },
        SocketOption.ReceiveLowWater => old with { ReceiveLowWater = LowWater(old, value) },
        SocketOption.TcpSaveSyn => value is >= 0 and <= 2 ? old with { SaveSyn = (byte)value } : null,
        SocketOption.TcpInq => value is 0 or 1 ? old with { TellsInputQueue = value != 0 } : null,
        SocketOption.MaxPacingRate => old with { MaxPacingRate = value == -1 ? long.MaxValue : (uint)value },
        _ => null,
    };

    /// <summary>At most half of the largest buffer, so that what is waited for fits.</summary>
    private int LowWater(StreamOptions options, int value)
    {
        int most = (options.ReceiveBuffer > 0 ? options.ReceiveBuffer : _host.Settings.Tcp.ReceiveBuffer.Max) / 2;
        return Math.Max(1, Math.Min(value < 0 ? int.MaxValue : value, most));
    }

    /// <summary>Any number but 0 turns it on; even ones only for the acknowledgment that waits.</summary>
    private void SetQuickAck(TcpEndpoint endpoint, int value)
    {
        if (endpoint.Connection is not { } connection || !endpoint.Is(SocketFlags.InTable))
        {
            return;
        }

        bool waits = connection.AcknowledgmentWaits;
        connection.QuickAck = value != 0;
        if (value != 0 && (value & 1) == 0 && waits)
        {
            connection.QuickAck = false;
        }

        Tcp.AfterCommand(endpoint);
    }
}

/// <summary>TCP_DEFER_ACCEPT: seconds as numbers of SYN-ACK timeouts, which begin at a second and double up to two minutes.</summary>
internal static class SynAckTimeouts
{
    private const int First = 1;
    private const int Longest = 120;

    /// <summary>The least number of timeouts that takes so long, at most 255; 0 for none.</summary>
    public static byte FromSeconds(int seconds)
    {
        int timeout = First, period = First, count = seconds > 0 ? 1 : 0;
        while (seconds > period && count < byte.MaxValue)
        {
            count++;
            timeout = Math.Min(2 * timeout, Longest);
            period += timeout;
        }

        return (byte)count;
    }

    /// <summary>How long they take.</summary>
    public static int ToSeconds(byte count)
    {
        int timeout = First, period = 0;
        for (int i = 0; i < count; i++)
        {
            period += timeout;
            timeout = Math.Min(2 * timeout, Longest);
        }

        return period;
    }
}
