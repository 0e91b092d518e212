using BenchmarkDotNet.Attributes;
using Finwait.Wire;

namespace Finwait.Benchmarks;

/// <summary>The Internet checksum over a packet's text, alone and together with the copy.</summary>
public class ChecksumBenchmarks
{
    private byte[] _source = [];
    private byte[] _destination = [];

    /// <summary>Octets: an acknowledgment's header, a full segment, a large segment.</summary>
    [Params(32, 1448, 65483)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _source = new byte[Octets];
        _destination = new byte[Octets];
        new Random(1).NextBytes(_source);
    }

    [Benchmark(Baseline = true)]
    public void Copy() => _source.AsSpan().CopyTo(_destination);

    [Benchmark]
    public ulong Sum() => InternetChecksum.Sum(_source);

    [Benchmark]
    public ulong CopyAndSum() => InternetChecksum.CopyAndSum(_source, _destination);
}
