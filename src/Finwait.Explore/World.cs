using Finwait.Tcp;

namespace Finwait.Explore;

/// <summary>What the search may do next with a world.</summary>
internal enum ActionKind : byte
{
    CallA, CallB, TimerA, TimerB, DeliverToA, DeliverToB, LoseToA, LoseToB, RepeatToA, RepeatToB, ReadA, ReadB,
}

/// <summary>One step: what, and for packets which one under way.</summary>
internal readonly record struct Step(ActionKind Kind, byte Index = 0)
{
    /// <summary>True for what concerns side A.</summary>
    public bool IsOfA => Kind is ActionKind.CallA or ActionKind.TimerA or ActionKind.DeliverToA or ActionKind.LoseToA or ActionKind.RepeatToA or ActionKind.ReadA;
}

/// <summary>Two hosts, what is under way between them, and what may still go wrong.</summary>
internal sealed class World
{
    private int _losses;
    private int _duplicates;
    private int _overtakings;

    public World(Scenario scenario)
    {
        Environment environment = new(scenario);
        A = new Side(environment, 1000, scenario.CallsOfA) { TimersLeft = scenario.Timers };
        B = new Side(environment, 5000, scenario.CallsOfB) { TimersLeft = scenario.Timers };
        _losses = scenario.Losses;
        _duplicates = scenario.Duplicates;
        _overtakings = scenario.Overtakings;
        HasTimers = scenario.Sabotage != Sabotage.NoTimers;
        B.Make(A);
        if (scenario.BothOpenFirst)
        {
            A.Make(B);
        }
    }

    private World(World original)
    {
        A = original.A.Copy();
        B = original.B.Copy();
        _losses = original._losses;
        _duplicates = original._duplicates;
        _overtakings = original._overtakings;
        HasTimers = original.HasTimers;
    }

    public Side A { get; }

    public Side B { get; }

    public bool HasTimers { get; }

    public string? Fault => A.Fault is { } a ? $"A: {a}" : B.Fault is { } b ? $"B: {b}" : null;

    public World Copy() => new(this);

    /// <summary>Equal for worlds that count as one.</summary>
    /// <param name="withBounds">What may still go wrong is part of the world.</param>
    public UInt128 Identity(bool withBounds)
    {
        StateHash hash = default;
        A.AddIdentity(ref hash);
        B.AddIdentity(ref hash);
        if (withBounds)
        {
            hash.Add((ulong)(uint)_losses | (ulong)(uint)_duplicates << 8 | (ulong)(uint)_overtakings << 16 | (ulong)(uint)A.TimersLeft << 24 | (ulong)(uint)B.TimersLeft << 32);
        }

        return hash.Value;
    }

    /// <summary>All that can happen next, in a fixed order.</summary>
    public void AddSteps(List<Step> steps)
    {
        AddOwn(steps, A, ActionKind.CallA, ActionKind.TimerA);
        AddOwn(steps, B, ActionKind.CallB, ActionKind.TimerB);
        AddPackets(steps, A.Incoming.Count, ActionKind.DeliverToA, ActionKind.LoseToA, ActionKind.RepeatToA);
        AddPackets(steps, B.Incoming.Count, ActionKind.DeliverToB, ActionKind.LoseToB, ActionKind.RepeatToB);
    }

    /// <summary>Does one step.</summary>
    public void Do(Step step)
    {
        (Side side, Side peer) = step.IsOfA ? (A, B) : (B, A);
        switch (step.Kind)
        {
            case ActionKind.CallA or ActionKind.CallB:
                side.Make(peer);
                break;
            case ActionKind.TimerA or ActionKind.TimerB:
                side.TimersLeft--;
                side.Fire(peer);
                break;
            case ActionKind.ReadA or ActionKind.ReadB:
                side.ReadAll(peer);
                break;
            case ActionKind.LoseToA or ActionKind.LoseToB:
                _losses--;
                side.Incoming.RemoveAt(step.Index);
                break;
            default:
                Deliver(step, side, peer);
                break;
        }
    }

    /// <summary>What a step would be, in words, before it is done.</summary>
    public string Describe(Step step)
    {
        (Side side, string name, string peer) = step.IsOfA ? (A, "A", "B") : (B, "B", "A");
        return step.Kind switch
        {
            ActionKind.CallA or ActionKind.CallB => $"{name}: {side.Calls[side.CallsMade]}",
            ActionKind.TimerA or ActionKind.TimerB => $"{name}: the timer goes off",
            ActionKind.ReadA or ActionKind.ReadB => $"{name}: reads all there is",
            ActionKind.LoseToA or ActionKind.LoseToB => $"{peer} > {name}: {side.Incoming[step.Index]} is lost",
            ActionKind.RepeatToA or ActionKind.RepeatToB => $"{peer} > {name}: {side.Incoming[step.Index]} arrives, and will come once more",
            _ => $"{peer} > {name}: {side.Incoming[step.Index]} arrives{(step.Index > 0 ? $" before {step.Index} older" : "")}",
        };
    }

    /// <summary>The next step if nothing goes wrong any more: packets in their order, then calls, then the earlier timer. Null at the end.</summary>
    public Step? FairStep()
    {
        if (A.Incoming.Count > 0)
        {
            return new(ActionKind.DeliverToA);
        }

        if (B.Incoming.Count > 0)
        {
            return new(ActionKind.DeliverToB);
        }

        if (B.NextCall is not null)
        {
            return new(ActionKind.CallB);
        }

        if (A.NextCall is not null)
        {
            return new(ActionKind.CallA);
        }

        if (A.HasUnread || B.HasUnread)
        {
            return new(A.HasUnread ? ActionKind.ReadA : ActionKind.ReadB);
        }

        TimeSpan a = HasTimers || A.Tcp.CanRetire ? A.UntilNext : TimeSpan.MaxValue, b = HasTimers || B.Tcp.CanRetire ? B.UntilNext : TimeSpan.MaxValue;
        return a == TimeSpan.MaxValue && b == TimeSpan.MaxValue ? null : new(a <= b ? ActionKind.TimerA : ActionKind.TimerB);
    }

    private void Deliver(Step step, Side side, Side peer)
    {
        Packet packet = side.Incoming[step.Index];
        _overtakings -= step.Index > 0 ? 1 : 0;
        if (step.Kind is ActionKind.RepeatToA or ActionKind.RepeatToB)
        {
            _duplicates--;
        }
        else
        {
            side.Incoming.RemoveAt(step.Index);
        }

        side.Deliver(packet, peer);
    }

    private void AddOwn(List<Step> steps, Side side, ActionKind call, ActionKind timer)
    {
        if (side.NextCall is not null)
        {
            steps.Add(new(call));
        }

        // TIME-WAIT lasts longer than any packet lives (2 MSL): its timer does not go off while one is under way.
        bool outlivesPackets = side.Tcp.CanRetire && (A.Incoming.Count > 0 || B.Incoming.Count > 0);
        if (HasTimers && side.TimersLeft > 0 && !side.Tcp.NextDeadline.IsNever && !outlivesPackets)
        {
            steps.Add(new(timer));
        }
    }

    private void AddPackets(List<Step> steps, int count, ActionKind deliver, ActionKind lose, ActionKind repeat)
    {
        for (byte i = 0; i < count && (i == 0 || _overtakings > 0); i++)
        {
            steps.Add(new(deliver, i));
            if (_losses > 0)
            {
                steps.Add(new(lose, i));
            }

            if (_duplicates > 0)
            {
                steps.Add(new(repeat, i));
            }
        }
    }
}
