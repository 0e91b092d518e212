namespace Finwait.Inspect;

/// <summary>Finds what is special about packets from the order in which they were sent: retransmissions, probes, repeated acknowledgments.</summary>
internal static class PacketRemarks
{
    public const string Retransmission = "retransmission";
    public const string Probe = "probe";
    public const string Duplicate = "dup ack";
    public const string Copy = "copy";

    public static void Add(RunView view)
    {
        var ways = new Dictionary<(RunConnection, bool), Way>();
        foreach (ViewPacket packet in view.Packets)
        {
            if (packet.Packet.IsCopy)
            {
                packet.Remark = Copy;
            }
            else if (packet.Connection is { } connection && !packet.Facts.Has(Wire.TcpFlags.Rst))
            {
                packet.Remark = WayOf(ways, connection, packet.IsFromClient).Take(packet, WayOf(ways, connection, !packet.IsFromClient));
            }
        }
    }

    private static Way WayOf(Dictionary<(RunConnection, bool), Way> ways, RunConnection connection, bool isFromClient)
    {
        if (!ways.TryGetValue((connection, isFromClient), out Way? way))
        {
            ways[(connection, isFromClient)] = way = new Way();
        }

        return way;
    }

    /// <summary>One direction of a connection.</summary>
    private sealed class Way
    {
        private uint? _next;
        private uint _base;
        private uint _lastAck;
        private int _lastWindow;

        /// <summary>True if more was sent than <paramref name="acknowledged"/>.</summary>
        private bool HasInFlight(uint acknowledged) => _next is { } next && unchecked((int)(next - acknowledged)) > 0;

        public string Take(ViewPacket packet, Way other)
        {
            PacketFacts facts = packet.Facts;
            uint seq = unchecked(facts.Seq - packet.SeqBase);
            string remark = "";
            if (_base != packet.SeqBase)
            {
                (_base, _next) = (packet.SeqBase, null); // a host that had forgotten its half-open attempt began another
            }

            if (_next is { } next)
            {
                int behind = unchecked((int)(next - seq));
                remark = behind > 0 && facts.SequenceLength > 0 ? Retransmission
                    : behind == 1 && facts.SequenceLength == 0 ? Probe
                    : facts.SequenceLength == 0 && facts.Ack == _lastAck && facts.RawWindow == _lastWindow && other.HasInFlight(unchecked(facts.Ack - (packet.AckBase ?? 0))) ? Duplicate
                    : "";
            }

            uint end = unchecked(seq + (uint)facts.SequenceLength);
            _next = _next is { } known && unchecked((int)(end - known)) < 0 ? known : end;
            (_lastAck, _lastWindow) = (facts.Ack, facts.RawWindow);
            return remark;
        }
    }
}
