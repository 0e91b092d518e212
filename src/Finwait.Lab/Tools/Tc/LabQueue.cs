using Finwait.Sim;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>The queue of an interface, as <c>tc</c> changes it: what netem does to the frames that leave, on top of what the cable takes itself.</summary>
/// <param name="link">The direction of the cable that begins at the interface.</param>
/// <param name="loopbackOf">The host, if the interface is its loopback: packets pass the link only while netem is there. Else null.</param>
internal sealed class LabQueue(Link link, Host? loopbackOf = null)
{
    /// <summary>The first handle that a kernel gives by itself, 8001:.</summary>
    private const int FirstHandle = 0x8001;

    private static int NextHandle(int last) => last == 0 ? FirstHandle : last + 1;

    private LinkSettings _cable = link.Settings;
    private long _delivered, _octets, _dropped;
    private int _lastHandle;

    /// <summary>What netem does; null while the interface has its usual queue.</summary>
    public LinkSettings? Netem { get; private set; }

    /// <summary>The queue's number in front of the colon.</summary>
    public int Handle { get; private set; }

    /// <summary>Frames and octets that left the queue since it is there, and frames it lost.</summary>
    public (long Frames, long Octets, long Dropped) Counts =>
        (link.Counters.Delivered - _delivered, link.Counters.OctetsDelivered - _octets, link.Counters.Lost - _dropped);

    /// <summary>Frames and octets that wait in the queue; the usual queue hands on at once.</summary>
    public (int Frames, long Octets) Backlog => Netem is null ? default : (link.Count, link.OctetsUnderWay);

    /// <summary>How long the cable itself holds a frame.</summary>
    public TimeSpan CableDelay
    {
        get => _cable.Delay;
        set
        {
            _cable = _cable with { Delay = value };
            Apply();
        }
    }

    /// <summary>A new queue in place of the usual one.</summary>
    /// <param name="netem">What it does.</param>
    /// <param name="handle">Its number; 0 for the next free one.</param>
    public void Set(LinkSettings netem, int handle)
    {
        Netem = netem;
        Handle = handle != 0 ? handle : _lastHandle = NextHandle(_lastHandle);
        (_delivered, _octets, _dropped) = (link.Counters.Delivered, link.Counters.OctetsDelivered, link.Counters.Lost);
        Apply();
    }

    /// <summary>The same queue with other settings.</summary>
    public void Change(LinkSettings netem)
    {
        Netem = netem;
        Apply();
    }

    /// <summary>Back to the usual queue.</summary>
    public void Remove()
    {
        Netem = null;
        Handle = 0;
        Apply();
    }

    private void Apply()
    {
        link.Settings = Netem is { } netem ? netem with { Delay = netem.Delay + _cable.Delay } : _cable;
        if (loopbackOf is not null)
        {
            loopbackOf.LoopbackLeaves = Netem is not null;
        }
    }
}
