using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim;

/// <summary>An Ethernet switch that learns where addresses are (IEEE 802.1D), or a hub. It takes no time of its own: delays belong to the cables.</summary>
public sealed class Switch
{
    /// <summary>Most addresses learnt; frames to others go to all ports.</summary>
    public const int MaxAddresses = 8192;

    private readonly List<Link?> _ports = [];
    private readonly Dictionary<ulong, (int Port, Instant Seen)> _addresses = [];
    private readonly PacketPool _pool;
    private Instant _nextSweep;

    internal Switch(string name, bool isHub, PacketPool pool)
    {
        Name = name;
        IsHub = isHub;
        _pool = pool;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>True if every frame goes to all other ports.</summary>
    public bool IsHub { get; }

    /// <summary>How long an address counts after it was last seen. Default 300 s.</summary>
    public TimeSpan AgeingTime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>Ports with a cable.</summary>
    public int PortCount => _ports.Count;

    /// <summary>Frames that came in.</summary>
    public long Received { get; private set; }

    /// <summary>Frames that went to one port, because their destination was known.</summary>
    public long Forwarded { get; private set; }

    /// <summary>Frames that went to all other ports.</summary>
    public long Flooded { get; private set; }

    /// <summary>Frames that went nowhere: too short, or to the port they came from.</summary>
    public long Dropped { get; private set; }

    /// <summary>Where an address was last seen; −1 if it is not known or was seen too long ago.</summary>
    public int FindPort(MacAddress address, Instant now) =>
        _addresses.TryGetValue(address.Value, out (int Port, Instant Seen) entry) && now - entry.Seen <= AgeingTime ? entry.Port : -1;

    internal int AddPort()
    {
        _ports.Add(null);
        return _ports.Count - 1;
    }

    internal void Attach(int port, Link outgoing) => _ports[port] = outgoing;

    internal void Forward(Instant now, int port, PacketBuffer frame)
    {
        Received++;
        if (EthernetView.TryParse(frame.Span, out EthernetView ethernet) != WireError.None)
        {
            Dropped++;
            frame.Release();
            return;
        }

        Learn(now, port, ethernet.Source);
        int known = IsHub || ethernet.Destination.IsMulticast ? -1 : FindPort(ethernet.Destination, now);
        if (known < 0)
        {
            Flood(now, port, frame);
        }
        else if (known == port)
        {
            Dropped++;
            frame.Release();
        }
        else
        {
            Forwarded++;
            _ports[known]!.Send(now, frame);
        }
    }

    private void Learn(Instant now, int port, MacAddress source)
    {
        if (IsHub || source.IsMulticast)
        {
            return;
        }

        if (_addresses.Count >= MaxAddresses && now >= _nextSweep && !_addresses.ContainsKey(source.Value))
        {
            Sweep(now);
        }

        if (_addresses.Count < MaxAddresses || _addresses.ContainsKey(source.Value))
        {
            _addresses[source.Value] = (port, now);
        }
    }

    private void Sweep(Instant now)
    {
        // At most once in a tenth of the ageing time, so that a flood of new addresses does not make each frame walk over the table.
        _nextSweep = now + (AgeingTime / 10);
        foreach ((ulong address, (int _, Instant seen)) in _addresses)
        {
            if (now - seen > AgeingTime)
            {
                _addresses.Remove(address);
            }
        }
    }

    private void Flood(Instant now, int port, PacketBuffer frame)
    {
        Flooded++;
        for (int i = 0; i < _ports.Count; i++)
        {
            if (i != port)
            {
                PacketBuffer copy = _pool.Rent(frame.Length);
                frame.Span.CopyTo(copy.Span);
                _ports[i]!.Send(now, copy);
            }
        }

        frame.Release();
    }
}
