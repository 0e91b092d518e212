using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>What the connections of one machine decided, kept for who asks why. Bounded: the oldest steps are forgotten.</summary>
internal sealed class StepLog
{
    private const int MaxSteps = 40_000;

    private readonly List<TcpStep> _steps = [];
    private readonly Dictionary<int, List<TcpStep>> _queued = [];
    private readonly Dictionary<ulong, TcpStep> _refused = [];
    private readonly Dictionary<ulong, TcpStep> _softErrors = [];

    /// <summary>Steps forgotten because there were too many.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Takes what came since the last call.</summary>
    public void Take(StepTap tap)
    {
        while (tap.TryTake(out TcpStep step))
        {
            if (_steps.Count >= MaxSteps)
            {
                Forget();
            }

            _steps.Add(step);
            switch (step.Kind)
            {
                case TcpStepKind.Queued:
                    if (!_queued.TryGetValue(step.Connection, out List<TcpStep>? queued))
                    {
                        _queued.Add(step.Connection, queued = []);
                    }

                    queued.Add(step);
                    break;
                case TcpStepKind.Refused:
                    _refused.TryAdd(step.Cause.Subject, step);
                    break;
                case TcpStepKind.SoftError:
                    _softErrors.TryAdd(step.Cause.Subject, step);
                    break;
            }
        }
    }

    /// <summary>The step of this number.</summary>
    public bool TryGet(ulong number, out TcpStep step)
    {
        step = default;
        if (number == 0 || _steps.Count == 0 || number < _steps[0].Number || number > _steps[^1].Number)
        {
            return false;
        }

        step = _steps[(int)(number - _steps[0].Number)]; // numbers follow each other
        return true;
    }

    /// <summary>The step in which a connection turned down the frame, or a part of it.</summary>
    public bool TryGetRefusal(ulong frame, out TcpStep step) => _refused.TryGetValue(frame, out step);

    /// <summary>The call that gave the octet at a stream offset to a connection; for the offset behind the last, the one that ended the stream.</summary>
    public bool TryGetQueued(int connection, long offset, out TcpStep step)
    {
        step = default;
        if (!_queued.TryGetValue(connection, out List<TcpStep>? queued))
        {
            return false;
        }

        int low = 0, high = queued.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = queued[middle].Offset + queued[middle].Length > offset || (queued[middle].Length == 0 && queued[middle].Offset >= offset) ? (low, middle) : (middle + 1, high);
        }

        if (low == queued.Count)
        {
            return false;
        }

        step = queued[low];
        return step.Offset <= offset;
    }

    /// <summary>The newest step of a connection before another that has this rule: who set a timer.</summary>
    public bool TryGetArmed(int connection, ulong before, Rule rule, out TcpStep step)
    {
        int last = _steps.Count == 0 ? -1 : (int)Math.Min(_steps.Count - 1, (long)before - _steps[0].Number - 1);
        for (int i = last; i >= 0; i--)
        {
            if (_steps[i] is { Kind: TcpStepKind.Armed } armed && armed.Connection == connection && armed.Cause.Rule == rule)
            {
                step = armed;
                return true;
            }
        }

        step = default;
        return false;
    }

    /// <summary>The newest step of a connection before another that found the octet at a stream offset lost.</summary>
    public bool TryGetLost(int connection, ulong before, long offset, out TcpStep step)
    {
        int last = _steps.Count == 0 ? -1 : (int)Math.Min(_steps.Count - 1, (long)before - _steps[0].Number - 1);
        for (int i = last; i >= 0; i--)
        {
            if (_steps[i] is { Kind: TcpStepKind.Lost } lost && lost.Connection == connection && offset >= lost.Offset && offset < lost.Offset + Math.Max(1, lost.Length))
            {
                step = lost;
                return true;
            }
        }

        step = default;
        return false;
    }

    private void Forget()
    {
        int half = MaxSteps / 2;
        foreach (TcpStep step in _steps.Take(half))
        {
            _refused.Remove(step.Cause.Subject);
            _softErrors.Remove(step.Cause.Subject);
        }

        uint last = _steps[half - 1].Number;
        foreach (List<TcpStep> queued in _queued.Values)
        {
            queued.RemoveAll(step => step.Number <= last);
        }

        _steps.RemoveRange(0, half);
        Forgotten += half;
    }
}
