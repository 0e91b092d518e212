namespace Finwait.Tcp.Tests;

/// <summary>A path with one slow link from A to B: a rate, a buffer that drops what does not fit, and losses by chance; what it carried can be asked.</summary>
internal sealed class Bottleneck
{
    private readonly double _rate;
    private readonly int _buffer;
    private readonly double _loss;
    private readonly Random _random;
    private double _busyUntil;

    /// <param name="rate">Segments per second.</param>
    /// <param name="roundTrip">Without queue, seconds.</param>
    /// <param name="buffer">Segments.</param>
    /// <param name="loss">Chance of a segment of A to be lost.</param>
    /// <param name="a">Settings of the sender.</param>
    public Bottleneck(double rate, double roundTrip, int buffer, double loss, TcpSettings a, int seed = 1)
    {
        _rate = rate;
        _buffer = buffer;
        _loss = loss;
        _random = new Random(seed);
        a.SendBuffer = (4096, 1 << 22, 1 << 22);
        Lab = new TwoHostLab(TimeSpan.FromSeconds(roundTrip / 2), a, new TcpSettings { ReceiveBuffer = (4096, 1 << 22, 1 << 22) }) { Quiet = true, Weather = Pass };
        Lab.B.ReadsAtOnce = true;
        Lab.Connect();
    }

    public TwoHostLab Lab { get; }

    public TcpInfo Info => Lab.A.Tcp.GetInfo(Lab.Now);

    /// <summary>Segments dropped because the buffer was full, and by chance.</summary>
    public int Overflowed { get; private set; }

    public int LostByChance { get; private set; }

    /// <summary>Segments waiting at the bottleneck.</summary>
    public double Queue => Math.Max(0, _busyUntil - Lab.Now.SinceStart.TotalSeconds) * _rate;

    /// <summary>A always has something to send; <paramref name="look"/> is called every <paramref name="step"/> seconds.</summary>
    public void Run(double seconds, double step = 0.01, Action? look = null)
    {
        for (double t = 0; t < seconds; t += step)
        {
            Lab.A.SendPattern(Lab.A.Tcp.SendRoom);
            Lab.RunFor(TimeSpan.FromSeconds(step));
            look?.Invoke();
        }
    }

    private (int Copies, TimeSpan Late) Pass(End from, int ordinal)
    {
        if (from.Name != "A")
        {
            return (1, TimeSpan.Zero);
        }

        if (Queue >= _buffer)
        {
            Overflowed++;
            return (0, TimeSpan.Zero);
        }

        if (_random.NextDouble() < _loss)
        {
            LostByChance++;
            return (0, TimeSpan.Zero);
        }

        double now = Lab.Now.SinceStart.TotalSeconds;
        _busyUntil = Math.Max(_busyUntil, now) + (1 / _rate);
        return (1, TimeSpan.FromSeconds(_busyUntil - now));
    }
}
