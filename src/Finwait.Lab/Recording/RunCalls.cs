using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Puts the calls of all machines into the record of a run, and what led to each packet beside it.</summary>
internal static class RunCalls
{
    /// <summary>The calls, and the place of each by machine and number, from 1.</summary>
    /// <param name="machines">The machines.</param>
    /// <param name="place">Where each stands in the record.</param>
    public static (RunCall[] Calls, Dictionary<(int Machine, ulong Number), int> Numbers) Of(IReadOnlyList<LabHost> machines, int[] place)
    {
        var calls = new List<RunCall>();
        var numbers = new Dictionary<(int, ulong), int>();
        for (int i = 0; i < machines.Count; i++)
        {
            foreach (LabCall call in machines[i].Calls.Made)
            {
                calls.Add(Call(place[i], call, isWait: false));
                numbers.Add((i, call.Number), calls.Count);
            }
        }

        for (int i = 0; i < machines.Count; i++)
        {
            calls.AddRange(machines[i].Calls.Waits.Select(wait => Call(place[i], wait, isWait: true)));
        }

        return ([.. calls], numbers);
    }

    /// <summary>The packets with the call or the packet that led to each.</summary>
    public static IReadOnlyList<RunPacket> WithCauses(TracedPackets traced, Dictionary<(int Machine, ulong Number), int> calls, RunRecorder recorder)
    {
        var packets = new List<RunPacket>(traced.Packets.Count);
        for (int i = 0; i < traced.Packets.Count; i++)
        {
            RunPacket packet = traced.Packets[i];
            Cause cause = traced.Causes[i];
            packets.Add(cause.Kind switch
            {
                _ when packet.IsCopy => packet,
                CauseKind.Call or CauseKind.WindowOpened => packet with { Call = calls.GetValueOrDefault((packet.From, cause.Subject)) },
                CauseKind.Packet or CauseKind.NetworkError => packet with
                {
                    CausedBy = traced.Numbers.GetValueOrDefault((packet.From, cause.Subject)),
                    Refusal = recorder.TryGetDrop(packet.From, cause.Subject, out DropReason reason, out _) ? reason.ToString() : "",
                },
                CauseKind.DelayedAck when Armed(recorder.Steps[packet.From], cause) is { } armed => packet with { CausedBy = traced.Numbers.GetValueOrDefault((packet.From, armed)) },
                _ => packet,
            });
        }

        return packets;
    }

    /// <summary>The frame whose acknowledgment was put off; null if that is not known.</summary>
    private static ulong? Armed(StepLog log, in Cause cause) =>
        log.TryGet(cause.Step, out TcpStep step) && log.TryGetArmed(step.Connection, step.Number, Rule.Acknowledge, out TcpStep armed) && armed.Cause.Kind == CauseKind.Packet ? armed.Cause.Subject : null;

    private static RunCall Call(int host, LabCall call, bool isWait) => new()
    {
        Host = host,
        Time = call.Time.SinceStart,
        Name = call.IsExit ? "exit" : call.Name,
        Program = call.Program,
        Line = call.Line,
        Arguments = call.Arguments,
        Order = call.Order,
        IsWait = isWait,
        Ended = call.Ended.IsNever ? null : call.Ended.SinceStart,
        FramesBefore = call.FramesBefore,
        FramesBeforeEnd = call.FramesBeforeEnd,
        Local = call.Local.Port == 0 ? default : RunTexts.End(call.Local),
        Peer = call.Peer.Port == 0 ? default : RunTexts.End(call.Peer),
        IsDatagram = call.IsDatagram,
        Error = call.Errno is Errno.None or Errno.EINPROGRESS ? "" : call.Errno.ToString(),
    };
}
