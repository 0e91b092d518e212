using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>A run with all that was recorded of it, for who asks why: packets by their numbers in the ladder, their causes, and the steps that connections took.</summary>
internal sealed class WhyRun
{
    private readonly IReadOnlyList<LabHost> _machines;
    private readonly TracedPackets _traced;
    private readonly IReadOnlyList<RunPacketHeaders> _headers;
    private readonly Dictionary<(int, ulong), LabDrop> _drops = [];
    private readonly Dictionary<int, List<(int Machine, ulong Frame)>> _frames = [];

    public WhyRun(RunRecord record, TracedPackets traced, IReadOnlyList<LabHost> machines, RunRecorder recorder)
    {
        (_traced, _machines, Recorder) = (traced, machines, recorder);
        _headers = RunDrawings.Headers(record);
        foreach (((int machine, ulong frame), int number) in traced.Numbers.OrderBy(each => each.Key.Frame))
        {
            if (!_frames.TryGetValue(number, out List<(int, ulong)>? frames))
            {
                _frames.Add(number, frames = []);
            }

            frames.Add((machine, frame));
        }

        foreach (LabDrop drop in recorder.Dropped)
        {
            if (drop.Drop.FrameNumber != 0)
            {
                _drops.TryAdd((drop.Host, drop.Drop.FrameNumber), drop);
            }
        }
    }

    public RunRecorder Recorder { get; }

    /// <summary>Packets of the run.</summary>
    public int Count => _traced.Packets.Count;

    public IReadOnlyList<LabHost> Machines => _machines;

    /// <summary>A packet by its number in the ladder, from 1. Hosts are numbered as machines.</summary>
    public RunPacket Packet(int number) => _traced.Packets[number - 1];

    public RunPacketHeaders Headers(int number) => _headers[number - 1];

    /// <summary>True for a packet of IPv6.</summary>
    public bool IsV6(int number) => Headers(number).Source.Address?.Contains(':', StringComparison.Ordinal) == true;

    /// <summary>Why its sender sent it.</summary>
    public Cause Cause(int number) => _traced.Causes[number - 1];

    /// <summary>The packet that a machine saw in a frame; 0 if the frame carried none, or is forgotten.</summary>
    public int NumberOf(int machine, ulong frame) => _traced.Numbers.GetValueOrDefault((machine, frame));

    /// <summary>The frames in which a packet came by.</summary>
    public IReadOnlyList<(int Machine, ulong Frame)> FramesOf(int number) => _frames.GetValueOrDefault(number) ?? [];

    /// <summary>Name of a machine.</summary>
    public string Name(int machine) => _machines[machine].Name;

    /// <summary>The step in which the sender's connection decided to send it.</summary>
    public bool TryGetStep(int number, out TcpStep step) => Recorder.Steps[Packet(number).From].TryGet(Cause(number).Step, out step);

    public LabCall? Call(int machine, ulong number) => _machines[machine].Calls.Find(number);

    /// <summary>Why a machine threw the frame away.</summary>
    public bool TryGetDrop(int machine, ulong frame, out LabDrop drop) => _drops.TryGetValue((machine, frame), out drop);

    /// <summary>The first packet that carried a sequence number of one direction of a connection; 0 if none did.</summary>
    /// <param name="like">A packet of the same direction.</param>
    /// <param name="before">Only packets before this one.</param>
    public int FirstWith(int like, int before)
    {
        RunPacketHeaders wanted = Headers(like);
        for (int i = 1; i < before; i++)
        {
            RunPacketHeaders other = Headers(i);
            if (other.IsTcp && other.Connection == wanted.Connection && other.IsFromClient == wanted.IsFromClient && other.SequenceLength > 0
                && unchecked((int)(wanted.Seq - other.Seq)) >= 0 && unchecked((int)(wanted.Seq - (other.Seq + (uint)other.SequenceLength))) < 0)
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>The last packet before another that carried its first sequence number in its direction; 0 if none did.</summary>
    public int LastWith(int number)
    {
        RunPacketHeaders wanted = Headers(number);
        for (int i = number - 1; i >= 1; i--)
        {
            RunPacketHeaders other = Headers(i);
            if (!Packet(i).IsCopy && other.IsTcp && other.Connection == wanted.Connection && other.IsFromClient == wanted.IsFromClient && other.SequenceLength > 0
                && unchecked((int)(wanted.Seq - other.Seq)) >= 0 && unchecked((int)(wanted.Seq - (other.Seq + (uint)other.SequenceLength))) < 0)
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>When an end came to the state in which it is; the beginning of the run if that is not known.</summary>
    public Instant Since(int machine, SocketAddress local, SocketAddress peer) =>
        Recorder.Moves.LastOrDefault(move => move.Host == machine && move.Move.Local == local && move.Move.Peer == peer).Move.Change.Time;

    /// <summary>The newest change of an end; false if none is known.</summary>
    public bool TryGetLast(int machine, SocketAddress local, SocketAddress peer, out LabMove last)
    {
        last = Recorder.Moves.LastOrDefault(move => move.Host == machine && move.Move.Local == local && move.Move.Peer == peer);
        return last.Move.Change.From != last.Move.Change.To;
    }

    /// <summary>The newest change of the other end of a connection, on whichever machine that is; false if none is known.</summary>
    public bool TryGetOther(SocketAddress local, SocketAddress peer, out LabMove last)
    {
        last = Recorder.Moves.LastOrDefault(move => move.Move.Local == peer && move.Move.Peer == local);
        return last.Move.Change.From != last.Move.Change.To;
    }

    /// <summary>The change of state that a frame brought to a connection of a machine; false if it brought none.</summary>
    public bool TryGetMove(int machine, ulong frame, out ConnectionChange move)
    {
        move = Recorder.Moves.FirstOrDefault(each => each.Host == machine && each.Move.Change.Cause is { Kind: CauseKind.Packet } cause && cause.Subject == frame).Move;
        return move.Change.From != move.Change.To;
    }

    /// <summary>Tail loss probes that sent again what is not acknowledged yet.</summary>
    public int ProbesOfTail(int machine, SocketAddress local, SocketAddress peer, in TcpStepValues values)
    {
        string source = RunTexts.End(local).ToString(), destination = RunTexts.End(peer).ToString();
        int probes = 0;
        for (int i = 1; i <= Count; i++)
        {
            RunPacketHeaders headers = Headers(i);
            if (Cause(i).Kind == CauseKind.TailLossProbe && !Packet(i).IsCopy && Packet(i).From == machine && headers.Source.ToString() == source && headers.Destination.ToString() == destination
                && unchecked((int)(headers.Seq - values.SndUna.Value)) >= 0 && FirstWith(i, i) > 0)
            {
                probes++;
            }
        }

        return probes;
    }

    /// <summary>The tail loss probe before a packet that sent the same octets; 0 if there was none.</summary>
    public int ProbeBefore(int number)
    {
        RunPacketHeaders wanted = Headers(number);
        for (int i = number - 1; i >= 1; i--)
        {
            RunPacketHeaders other = Headers(i);
            if (Cause(i).Kind == CauseKind.TailLossProbe && other.IsTcp && other.Connection == wanted.Connection && other.IsFromClient == wanted.IsFromClient && other.Seq == wanted.Seq && FirstWith(i, i) > 0)
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>The last packet before another that came from the other end of its connection and reached this end; 0 if none did.</summary>
    public int LastHeard(int number, TimeSpan until)
    {
        RunPacketHeaders own = Headers(number);
        for (int i = number - 1; i >= 1; i--)
        {
            RunPacketHeaders other = Headers(i);
            if (other.IsTcp && other.Connection == own.Connection && other.IsFromClient != own.IsFromClient && Packet(i) is { Fate: RunFate.Arrived } arrived && arrived.Ended <= until)
            {
                return i;
            }
        }

        return 0;
    }
}
