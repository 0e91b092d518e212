using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What the page's script needs to draw the windows of both directions at any moment: numbers of each segment, counted from the start of its direction.</summary>
internal static class PageFlows
{
    /// <summary>
    /// One row for each TCP segment that the page shows: its moment, when it arrived in microseconds (−1 if it did not), connection, 1 if the client sent it, first and last
    /// sequence number, acknowledgment (−1 for none), and the right edge of the window that it offers (−1 for none).
    /// </summary>
    public static string Rows(RunView view, PageMoments moments)
    {
        var scales = new WindowScales(view);
        var rows = new StringBuilder("[");
        foreach (ViewPacket packet in view.Packets)
        {
            int moment = moments.OfPacket(packet.Number);
            if (moment < 0 || packet.Connection is not { } connection)
            {
                continue;
            }

            PacketFacts facts = packet.Facts;
            uint seq = unchecked(facts.Seq - packet.SeqBase), ack = unchecked(facts.Ack - (packet.AckBase ?? 0));
            bool hasAck = facts.Has(TcpFlags.Ack) && packet.AckBase is not null && !facts.Has(TcpFlags.Rst);
            long edge = hasAck ? ack + ((long)facts.RawWindow << (facts.Has(TcpFlags.Syn) ? 0 : scales.Of(packet) ?? 0)) : -1;
            long arrived = packet.Packet.Fate == RunFate.Arrived ? packet.Packet.Ended!.Value.Ticks / TimeSpan.TicksPerMicrosecond : -1;
            rows.Append(rows.Length > 1 ? ",\n" : "");
            rows.Append(CultureInfo.InvariantCulture, $"[{moment},{arrived},{connection.Index},{(packet.IsFromClient ? 1 : 0)},{seq},{unchecked(seq + (uint)facts.SequenceLength)},{(hasAck ? ack : -1)},{edge}]");
        }

        return rows.Append(']').ToString();
    }
}
