using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>What ping counts, and the lines it ends with.</summary>
internal sealed class PingStatistics
{
    private const int Sequences = 1 << 16;

    private readonly bool[] _wasReceived = new bool[Sequences];
    private double _sum;
    private double _sumOfSquares;
    private double _least = double.MaxValue;
    private double _smoothed;
    private int _timed;
    private int _acknowledged;

    /// <summary>Requests sent, those that did not leave the host among them.</summary>
    public int Sent { get; private set; }

    /// <summary>Requests answered.</summary>
    public int Received { get; private set; }

    /// <summary>Answers to requests that had one.</summary>
    public int Duplicates { get; private set; }

    public int Errors { get; private set; }

    /// <summary>The longest time an answer took, milliseconds.</summary>
    public double Longest { get; private set; }

    /// <summary>Most requests that were under way at a time.</summary>
    public int Pipe { get; private set; }

    /// <summary>An average of times in which the last ones count more, milliseconds; 0 without a time.</summary>
    public double Smoothed => _smoothed / 8;

    /// <summary>Requests newer than the newest one that something came back for.</summary>
    public int InFlight => Sent - _acknowledged;

    public bool HasReceived(ushort sequence) => _wasReceived[sequence];

    /// <summary>One more request.</summary>
    public ushort OnSend()
    {
        Sent++;
        _wasReceived[(ushort)Sent] = false;
        return (ushort)Sent;
    }

    /// <summary>An answer. False if it is a second one.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="milliseconds">The time it took; null if its data has no room to tell.</param>
    public bool OnReply(ushort sequence, double? milliseconds)
    {
        Acknowledge(sequence);
        bool isFirst = !_wasReceived[sequence];
        _wasReceived[sequence] = true;
        Received += isFirst ? 1 : 0;
        Duplicates += isFirst ? 0 : 1;
        if (milliseconds is { } time)
        {
            _smoothed = _timed == 0 ? time * 8 : _smoothed + time - (_smoothed / 8);
            _timed++;
            _sum += time;
            _sumOfSquares += time * time;
            _least = Math.Min(_least, time);
            Longest = Math.Max(Longest, time);
        }

        return isFirst;
    }

    /// <summary>An ICMP error about a request.</summary>
    public void OnError(ushort sequence)
    {
        Acknowledge(sequence);
        Errors++;
    }

    /// <summary>A request that the host itself did not send.</summary>
    public void OnLocalError() => Errors++;

    /// <summary>The lines at the end.</summary>
    /// <param name="name">The destination as it was typed.</param>
    /// <param name="elapsed">From the first request to the last.</param>
    /// <param name="tellsPace">True if requests were sent as fast as answers came: how far they were apart is told.</param>
    public string Text(string name, TimeSpan elapsed, bool tellsPace)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n--- {name} ping statistics ---\n{Sent} packets transmitted, {Received} received");
        text.Append(CultureInfo.InvariantCulture, $"{(Duplicates > 0 ? $", +{Duplicates} duplicates" : "")}{(Errors > 0 ? $", +{Errors} errors" : "")}");
        if (Sent > 0)
        {
            float lost = (float)((Sent - (long)Received) * 100.0 / Sent);
            text.Append(CultureInfo.InvariantCulture, $", {lost:G6}% packet loss, time {(long)elapsed.TotalMilliseconds}ms");
        }

        text.Append('\n');
        List<string> parts = [];
        if (Received > 0 && _timed > 0)
        {
            double mean = _sum / _timed;
            double deviation = Math.Sqrt(Math.Max(0, (_sumOfSquares / _timed) - (mean * mean)));
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"rtt min/avg/max/mdev = {_least:F3}/{mean:F3}/{Longest:F3}/{deviation:F3} ms"));
        }

        if (Pipe > 1)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"pipe {Pipe}"));
        }

        if (Received > 0 && tellsPace && Sent > 1)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"ipg/ewma {elapsed.TotalMilliseconds / (Sent - 1):F3}/{Smoothed:F3} ms"));
        }

        return text.AppendJoin(", ", parts).Append('\n').ToString();
    }

    private void Acknowledge(ushort sequence)
    {
        int behind = (ushort)(Sent - sequence);
        if (behind <= short.MaxValue)
        {
            Pipe = Math.Max(Pipe, behind + 1);
            _acknowledged = Math.Max(_acknowledged, Sent - behind);
        }
    }
}
