using System.Runtime.InteropServices;

namespace Finwait.Tcp;

/// <content>What a search through all worlds needs: a copy of a connection, and a number that says whether two are alike.</content>
public sealed partial class TcpConnection
{
    /// <summary>A connection like this one that shares nothing with it that changes; its rings come from the same pool.</summary>
    internal TcpConnection Copy()
    {
        TcpConnection copy = (TcpConnection)MemberwiseClone();
        copy._sent = _sent.Copy();
        copy._sendBuffer = _sendBuffer.Copy();
        copy._reassembler = _reassembler.Copy();
        copy._sack = _sack?.Copy();
        copy._controller = _controller.Copy();
        copy._tuning = _tuning?.Copy();
        copy._extras = _extras?.Copy();
        copy._recovery = _recovery?.Copy();
        copy._ecn = _ecn?.Copy();
        return copy;
    }

    /// <summary>Adds to <paramref name="hash"/> all that decides what the connection will do next, except times and what is derived from them.</summary>
    /// <remarks>Two connections alike in this may still differ in round-trip times, windows of congestion control and counters.</remarks>
    internal void AddIdentity(ref StateHash hash)
    {
        hash.Add((ulong)_state | (ulong)_error << 8 | (ulong)_work << 16 | (ulong)_events << 40 | (ulong)_retransmits << 48 | (ulong)_probesOut << 56);
        hash.Add((ulong)_traits);
        hash.Add(_snd.Una.Value | (ulong)_snd.Nxt.Value << 32);
        hash.Add(_snd.Wnd | (ulong)_snd.Wl1.Value << 32);
        hash.Add(_snd.Wl2.Value | (ulong)_persistBackoff << 32 | (ulong)_timers.Mode << 40 | (_timers.DelayedAck.IsNever ? 0UL : 1UL << 48)
            | (_timers.TimeWait.IsNever ? 0UL : 1UL << 49) | (_ackPolicy.IsNow ? 1UL << 50 : 0) | (_ackPolicy.IsScheduled ? 1UL << 51 : 0) | (_finReceived ? 1UL << 52 : 0));
        hash.Add(_rcv.Nxt.Value | (ulong)_rcv.WindowUpdate.Value << 32);
        hash.Add(_rcv.Wnd | (ulong)(uint)_finOffset << 32);
        hash.Add((uint)UsedMemory | (ulong)(uint)_rcv.SlowStartThreshold << 32);
        hash.Add((ulong)_sendBuffer.Head << 32 | (uint)_sendBuffer.Tail);
        hash.Add((ulong)_reassembler.ReadOffset << 32 | (uint)_reassembler.NextOffset);
        for (int i = 0; i < _reassembler.RangesAhead; i++)
        {
            (long start, long end) = _reassembler.Ahead(i);
            hash.Add((ulong)start << 32 | (uint)end);
        }

        for (int i = 0; i < _sent.Count; i++)
        {
            ref SentSegment segment = ref _sent[i];
            hash.Add((ulong)(segment.Start + 1) << 32 | (uint)segment.Length << 8 | (byte)(segment.Flags & ~SentFlags.AppLimited));
        }

        if (_reply.IsPending)
        {
            hash.Add(_reply.Seq.Value | (ulong)_reply.Ack.Value << 32);
            hash.Add((ulong)_reply.Flags);
        }
    }
}

/// <summary>A running hash of 128 bits over words. Not secret: the words are our own.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct StateHash
{
    private ulong _a;
    private ulong _b;

    /// <summary>What has been added so far.</summary>
    public readonly UInt128 Value => new(_a, _b);

    public void Add(ulong word)
    {
        _a = Mix(_a ^ word) + 0x9E37_79B9_7F4A_7C15;
        _b = Mix(_b + word + 0xD1B5_4A32_D192_ED03);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
