using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>Local ports: holding and releasing them, and the choice that connect() makes.</content>
internal sealed partial class TcpHost
{
    // So many ports are tried one by one; then the destination gets a bitmap.
    private const int ProbesBeforeCrowd = 64;

    private readonly EphemeralPorts _ephemeral;
    private (ushort First, ushort Last) _rangeOfCrowds;

    /// <summary>Counts the endpoint as a holder of its local port.</summary>
    public void HoldPort(TcpEndpoint endpoint, PortUse use)
    {
        IpAddress local = endpoint.Tuple.Local;
        endpoint.Use = use;
        endpoint.Set(SocketFlags.HoldsPort);
        Ports.Add(local, endpoint.IsDual, endpoint.Tuple.LocalPort, use);
    }

    /// <summary>Gives the endpoint's local port back, if it holds one.</summary>
    public void ReleasePort(TcpEndpoint endpoint)
    {
        if (endpoint.Is(SocketFlags.HoldsPort))
        {
            endpoint.Set(SocketFlags.HoldsPort, false);
            Ports.Remove(endpoint.Tuple.Local, endpoint.IsDual, endpoint.Tuple.LocalPort, endpoint.Use);
        }
    }

    /// <summary>A port for bind() to port 0; −1 if none can be had.</summary>
    public int ChooseBindPort(PortTable table, IpAddress address, bool isDual, PortUse use)
    {
        (ushort first, ushort last) = _host.Settings.LocalPortRange;
        int count = last - first + 1;
        int start = first + _ephemeral.Draw(count);
        for (int pass = 0; pass < 2; pass++)
        {
            // Odd ports first: connect() takes the even ones.
            int from = ((start - first) & 1) == 1 - pass ? start : start == last ? start - 1 : start + 1;
            int free = from >= first && from <= last ? table.FindFree(first, last, from) : -1;
            if (free >= 0)
            {
                return free;
            }
        }

        for (int i = 0; i < count; i++)
        {
            ushort port = (ushort)(first + ((start - first + i) % count));
            if (!table.Conflicts(address, isDual, port, use))
            {
                return port;
            }
        }

        return -1;
    }

    /// <summary>True if a connection with this four-tuple may be opened now: it is free, or its TIME-WAIT record may be taken over.</summary>
    /// <param name="iss">The initial sequence number if a record was taken over; the record is gone then.</param>
    public bool TryTake(Instant now, in FourTuple tuple, uint hash, out SeqNum? iss)
    {
        iss = null;
        if (_endpoints.Find(tuple, hash) is not null)
        {
            return false;
        }

        int number = _timeWaits.Find(tuple, hash);
        if (number < 0)
        {
            return true;
        }

        if (!MayReuse(tuple.Local, tuple.Remote) || !CanReuse(now, number, out SeqNum next))
        {
            return false;
        }

        RemoveTimeWait(number, now, TcpInput.ActiveOpen, new Cause(CauseKind.Call, Rule.Open, _host.StepTap?.Call ?? 0));
        _counters.TimeWaitsReused++;
        iss = next;
        return true;
    }

    /// <summary>Chooses the local port of a connection and sets tuple and hash of the endpoint; false if there is none left (EADDRNOTAVAIL).</summary>
    public bool ChooseConnectPort(Instant now, TcpEndpoint endpoint, IpAddress local, IpAddress remote, ushort remotePort, out SeqNum? iss)
    {
        (ushort first, ushort last) range = _host.Settings.LocalPortRange;
        if (range != _rangeOfCrowds)
        {
            _rangeOfCrowds = range;
            _ephemeral.ForgetCrowds();
        }

        EphemeralPorts.Destination to = new(local, remote, remotePort);
        if (_ephemeral.CrowdOf(to) is { } known)
        {
            return ChooseInCrowd(now, endpoint, to, known, out iss);
        }

        int count = range.last - range.first + 1;
        count = count > 1 ? count & ~1 : count;
        int offset = _ephemeral.Start(to, count, out int counter);
        int probes = 0;
        for (int parity = 0; parity < Math.Min(count, 2); parity++)
        {
            for (int i = 0; i < count; i += 2)
            {
                ushort port = (ushort)(range.first + ((offset + parity + i) % count));
                if (!Ports.IsBound(port) && TryTakePort(now, endpoint, to, port, out iss))
                {
                    _ephemeral.Advance(counter, i);
                    return true;
                }

                if (++probes == ProbesBeforeCrowd)
                {
                    return ChooseInCrowd(now, endpoint, to, MakeCrowd(to, range), out iss);
                }
            }
        }

        iss = null;
        return false;
    }

    private bool TryTakePort(Instant now, TcpEndpoint endpoint, in EphemeralPorts.Destination to, ushort port, out SeqNum? iss)
    {
        FourTuple tuple = new(to.Local, port, to.Remote, to.RemotePort);
        uint hash = tuple.Hash(_tableKey);
        if (!TryTake(now, tuple, hash, out iss))
        {
            return false;
        }

        endpoint.Tuple = tuple;
        endpoint.Hash = hash;
        return true;
    }

    private PortCrowd MakeCrowd(in EphemeralPorts.Destination to, (ushort First, ushort Last) range)
    {
        PortCrowd crowd = _ephemeral.AddCrowd(to);
        for (int port = range.First; port <= range.Last; port++)
        {
            FourTuple tuple = new(to.Local, (ushort)port, to.Remote, to.RemotePort);
            uint hash = tuple.Hash(_tableKey);
            if (_endpoints.Find(tuple, hash) is not null || _timeWaits.Find(tuple, hash) >= 0)
            {
                crowd.Set((ushort)port);
            }
        }

        return crowd;
    }

    private bool ChooseInCrowd(Instant now, TcpEndpoint endpoint, in EphemeralPorts.Destination to, PortCrowd crowd, out SeqNum? iss)
    {
        (ushort first, ushort last) = _host.Settings.LocalPortRange;
        int count = last - first + 1;
        count = count > 1 ? count & ~1 : count;
        int offset = _ephemeral.Start(to, count, out int counter);
        for (int parity = 0; parity < Math.Min(count, 2); parity++)
        {
            int start = first + ((offset + parity) % count);
            int parityFirst = first + ((start - first) & 1);
            for (int half = 0; half < 2; half++)
            {
                int end = half == 0 ? last : start - 1;
                int port = crowd.NextFree(half == 0 ? start : parityFirst, end);
                while (port >= 0)
                {
                    if (!Ports.IsBound((ushort)port) && TryTakePort(now, endpoint, to, (ushort)port, out iss))
                    {
                        _ephemeral.Advance(counter, half == 0 ? port - start : port - start + count);
                        return true;
                    }

                    port = port + 2 <= end ? crowd.NextFree(port + 2, end) : -1;
                }
            }
        }

        return ChooseReusable(now, endpoint, to, crowd, first + offset, count, counter, out iss);
    }

    /// <summary>Every port is in use: the next one whose TIME-WAIT record may be taken over.</summary>
    private bool ChooseReusable(Instant now, TcpEndpoint endpoint, in EphemeralPorts.Destination to, PortCrowd crowd, int start, int count, int counter, out SeqNum? iss)
    {
        iss = null;
        if (!MayReuse(to.Local, to.Remote) || now < crowd.NoReuseBefore)
        {
            return false;
        }

        int first = _host.Settings.LocalPortRange.First;
        long earliest = Instant.Never.Ticks;
        for (int i = 0; i < count; i++)
        {
            ushort port = (ushort)(first + ((start - first + i) % count));
            FourTuple tuple = new(to.Local, port, to.Remote, to.RemotePort);
            int number = Ports.IsBound(port) ? -1 : _timeWaits.Find(tuple, tuple.Hash(_tableKey));
            if (number < 0)
            {
                continue;
            }

            if (CanReuse(now, number, out _))
            {
                bool taken = TryTakePort(now, endpoint, to, port, out iss);
                _ephemeral.Advance(counter, i);
                return taken;
            }

            earliest = Math.Min(earliest, _timeWaits[number].TsRecentAt + TimeSpan.TicksPerSecond);
        }

        crowd.NoReuseBefore = new(Math.Max(earliest, now.Ticks + TimeSpan.TicksPerMillisecond));
        return false;
    }
}
