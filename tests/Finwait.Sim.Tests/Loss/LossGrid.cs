using System.Globalization;
using System.Text;
using Finwait.Tcp;

namespace Finwait.Sim.Tests;

/// <summary>One cell of a grid: a path of 20 Mbit/s, and what transfers over it did.</summary>
/// <param name="Control">Congestion control.</param>
/// <param name="Rtt">Round trip without queueing, milliseconds.</param>
/// <param name="Loss">Per cent of the frames.</param>
/// <param name="Buffer">Most octets of the receive buffer; 0 for the usual one, which grows.</param>
/// <param name="Queue">Frames that the bottleneck holds.</param>
/// <param name="Jitter">Milliseconds by which frames are earlier or later than the others, and overtake each other.</param>
internal sealed record LossCell(string Control, double Rtt, double Loss, int Buffer, int Queue, double Jitter)
{
    /// <summary>What the path could carry at most, Mbit/s of text: 1448 of the 1514 octets of a frame.</summary>
    public const double Capacity = 20 * 1448 / 1514.0;

    /// <summary>Mbit/s that the application got in the time of the transfer, its beginning included.</summary>
    public double Goodput { get; private set; }

    /// <summary>Per cent of the segments with text that got lost.</summary>
    public double Lost { get; private set; }

    /// <summary>Per cent of the segments with text that were sent again.</summary>
    public double Again { get; private set; }

    /// <summary>Per cent of the segments with text that reached juliet though she had them already.</summary>
    public double Twice { get; private set; }

    /// <summary>Runs transfers and lets them end, so that each segment's fate is known.</summary>
    public LossCell Run(double seconds, int seeds)
    {
        double octets = 0, sent = 0, again = 0, twice = 0;
        for (int seed = 1; seed <= seeds; seed++)
        {
            var path = new LossyPath((ulong)seed, Control, Loss, Rtt, Buffer, Queue, Jitter);
            path.Open();
            path.Run(seconds);
            octets += path.Arrived(0);
            path.Drain();
            TcpInfo info = path.Sender(0);
            sent += info.DataSegmentsOut;
            again += info.RetransmittedTotal;
            twice += path.Receiver(0).DataSegmentsIn - (info.DataSegmentsOut - info.RetransmittedTotal);
        }

        Goodput = octets * 8 / seconds / seeds / 1e6;
        Again = again / sent * 100;
        Twice = twice / sent * 100;
        Lost = (again - twice) / sent * 100;
        return this;
    }
}

/// <summary>Several flows over one bottleneck: 20 Mbit/s, 20 ms.</summary>
internal sealed record FairnessCell(string Control, int Queue, int Flows)
{
    /// <summary>Mbit/s of all together.</summary>
    public double Together { get; private set; }

    /// <summary>Jain's index: 1 if all get the same, 1/n if one gets all.</summary>
    public double Index { get; private set; }

    /// <summary>Per cent of the segments that were sent again.</summary>
    public double Again { get; private set; }

    /// <summary>The flows begin a tenth of a second apart; counted is from ten seconds later on.</summary>
    public FairnessCell Run(double seconds)
    {
        var path = new LossyPath(1, Control, queue: Queue);
        for (int i = 0; i < Flows; i++)
        {
            path.Open();
            path.Run(0.1);
        }

        path.Run(10);
        long[] before = [.. Enumerable.Range(0, Flows).Select(path.Arrived)];
        path.Run(seconds);
        double[] shares = [.. before.Select((octets, i) => (double)(path.Arrived(i) - octets))];
        TcpInfo[] senders = [.. Enumerable.Range(0, Flows).Select(path.Sender)];
        Together = shares.Sum() * 8 / seconds / 1e6;
        Index = shares.Sum() * shares.Sum() / (Flows * shares.Sum(share => share * share));
        Again = 100.0 * senders.Sum(info => info.RetransmittedTotal) / senders.Sum(info => info.DataSegmentsOut);
        return this;
    }
}

/// <summary>Grids as tables that people read and tests compare.</summary>
internal static class LossGrid
{
    public static List<LossCell> Cells(string[] controls, double[] rtts, double[] losses, int[] buffers, int[] queues, params double[] jitters) =>
    [
        .. from control in controls
           from rtt in rtts
           from loss in losses
           from buffer in buffers
           from queue in queues
           from jitter in jitters.DefaultIfEmpty()
           select new LossCell(control, rtt, loss, buffer, queue, jitter),
    ];

    public static string Table(string heading, IEnumerable<LossCell> cells)
    {
        var text = new StringBuilder(heading);
        text.Append("\n\ncontrol  RTT ms  jitter ms  loss %   buffer  queue | goodput Mbit/s  lost %  again %  without need %\n");
        foreach (LossCell cell in cells)
        {
            string buffer = cell.Buffer == 0 ? "grows" : $"{cell.Buffer / 1024} KiB";
            text.Append(CultureInfo.InvariantCulture, $"{cell.Control,-7} {cell.Rtt,7:0} {cell.Jitter,10:0.0} {cell.Loss,7:0.0} {buffer,8} {cell.Queue,6} | {cell.Goodput,14:F2} {cell.Lost,7:F2} {cell.Again,8:F2} {cell.Twice,15:F2}\n");
        }

        return text.Append('\n').ToString();
    }

    public static string Table(string heading, IEnumerable<FairnessCell> cells)
    {
        var text = new StringBuilder(heading);
        text.Append("\n\ncontrol  queue  flows | together Mbit/s  Jain's index  again %\n");
        foreach (FairnessCell cell in cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"{cell.Control,-7} {cell.Queue,6} {cell.Flows,6} | {cell.Together,15:F2} {cell.Index,13:F3} {cell.Again,8:F2}\n");
        }

        return text.Append('\n').ToString();
    }
}
