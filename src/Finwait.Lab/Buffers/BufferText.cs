using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>
/// Draws where the text of each connection is at this moment, in octets counted from the first of its direction: read, waiting to be read, under way, waiting to be sent, and
/// the room in the window (RFC 9293 §3.3.1, figures 3 and 4); and of each listener its two queues.
/// </summary>
internal static class BufferText
{
    private const int BarWidth = 40;

    /// <summary>Peers of a queue that are named.</summary>
    private const int MostPeers = 6;

    public static IReadOnlyList<string> Lines(IReadOnlyList<LabHost> hosts, Instant now)
    {
        var lines = new List<string>();
        var ends = new List<End>();
        foreach (LabHost host in hosts)
        {
            SocketRow[] rows = [.. host.Stack.Sockets.Snapshot(now).Where(row => row.Type == SocketType.Stream)];
            foreach (SocketRow row in rows.Where(row => row.State == TcpState.Listen))
            {
                AddListener(lines, host, row, rows);
            }

            foreach (SocketRow row in rows.Where(row => row.State is not (TcpState.Listen or TcpState.Closed)))
            {
                if (host.Stack.ConnectionTap?.TryGetValues(row.Local, row.Peer, now, out TcpStepValues values) == true)
                {
                    ends.Add(new End(host, row, values));
                }
            }
        }

        foreach (End end in ends)
        {
            AddText(lines, end, ends.FindLast(other => other.Row.Local == end.Row.Peer && other.Row.Peer == end.Row.Local));
        }

        return lines;
    }

    private static void AddListener(List<string> lines, LabHost host, SocketRow listener, SocketRow[] rows)
    {
        bool Belongs(SocketRow row) => row.Local.Port == listener.Local.Port && (listener.Local.Address.IsUnspecified || listener.Local.Address == row.Local.Address);
        SocketRow[] half = [.. rows.Where(row => row.State == TcpState.SynReceived && Belongs(row))];
        SocketRow[] whole = [.. rows.Where(row => row.Handle < 0 && row.State is TcpState.Established or TcpState.CloseWait && Belongs(row))];
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{host.Name}'s port {listener.Local.Port} listens"));
        lines.Add(Queue("SYN queue", half, "SYN received, handshake not over"));
        bool isFull = listener.ReceiveQueue > listener.SendQueue;
        lines.Add(Queue("accept queue", whole, "open, not accepted by the program")
            + string.Create(CultureInfo.InvariantCulture, $"; room for {listener.SendQueue + 1} (backlog {listener.SendQueue} and one more)") + (isFull ? ": full, further SYNs are dropped, and the last ACK of a handshake is ignored" : ""));
    }

    private static string Queue(string name, SocketRow[] rows, string what)
    {
        string peers = string.Join(", ", rows.Take(MostPeers).Select(row => RunTexts.End(row.Peer))) + (rows.Length > MostPeers ? ", …" : "");
        return string.Create(CultureInfo.InvariantCulture, $"  {name,-13} {"[" + new string('#', Math.Min(rows.Length, BarWidth)) + "]",-8} {rows.Length}{(rows.Length == 0 ? "" : $", {what}: {peers}")}");
    }

    private static void AddText(List<string> lines, End from, End? to)
    {
        TcpStepValues sends = from.Values;
        long una = WhyNumbers.Own(sends, sends.SndUna), next = WhyNumbers.Own(sends, sends.SndNxt);
        long written = next + sends.Unsent, edge = Math.Max(una + sends.SndWnd, written);
        string peer = to?.Host.Name ?? RunTexts.End(from.Row.Peer).ToString();
        lines.Add($"text from {from.Host.Name} {RunTexts.End(from.Row.Local)} to {(to is null ? "" : to.Host.Name + " ")}{RunTexts.End(from.Row.Peer)}");
        var parts = new List<Part>();
        if (to is not null)
        {
            long arrived = unchecked((uint)(to.Values.RcvNxt.Value - to.Values.Irs.Value));
            long end = HasFin(to.Values.State) ? arrived - 1 : arrived;         // Recv-Q counts the FIN too, until the program has seen it
            long read = Math.Min(arrived - to.Row.ReceiveQueue, end);
            parts.Add(new($"read by {peer}'s program", 1, read, '='));
            parts.Add(new($"in {peer}'s receive buffer, not read (Recv-Q)", read, end, '#'));
            parts.Add(new("under way, or lost", Math.Max(arrived, 1), next, '>'));
        }
        else
        {
            parts.Add(new("acknowledged", 1, una, '='));
            parts.Add(new("sent, not acknowledged", una, next, '>'));
        }

        parts.Add(new($"in {from.Host.Name}'s send buffer, not sent", next, written, '+'));
        parts.Add(new($"room in {peer}'s window, as {from.Host.Name} knows it", written, edge, '.'));
        long most = parts.Where(part => part.Sign != '.').Select(part => part.Length).DefaultIfEmpty(1).Max();
        foreach (Part part in parts.Where(part => part.Length > 0))
        {
            long width = part.Sign == '.' ? 3 : Math.Max(1, part.Length * BarWidth / Math.Max(most, BarWidth));
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"  {part.Name,-48} {part.From,9} to {part.To - 1,-9} {part.Length,8}  {new string(part.Sign, (int)width)}"));
        }

        long kept = written - una;
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"  SND.UNA {una}, SND.NXT {next}, SND.WND {sends.SndWnd}, cwnd {sends.Cwnd} segments of {sends.Mss}: {(kept == 0 ? "all is acknowledged" : $"{from.Host.Name} keeps {kept} octets until they are acknowledged (Send-Q {from.Row.SendQueue})")}"));
    }

    /// <summary>True if RCV.NXT counts the peer's FIN.</summary>
    private static bool HasFin(TcpState state) => state is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait;

    private sealed record End(LabHost Host, SocketRow Row, TcpStepValues Values);

    /// <summary>A part of the text.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="From">Its first octet.</param>
    /// <param name="To">The octet behind it.</param>
    /// <param name="Sign">What draws it.</param>
    private readonly record struct Part(string Name, long From, long To, char Sign)
    {
        public long Length => To - From;
    }
}
