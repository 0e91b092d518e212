using BenchmarkDotNet.Attributes;
using Finwait.Wire;

namespace Finwait.Benchmarks;

/// <summary>One TCP header of an established connection: timestamps, no text.</summary>
public class HeaderBenchmarks
{
    private readonly byte[] _segment = new byte[TcpView.MaxHeaderLength];
    private readonly IpAddress _source = IpAddress.Parse("10.0.0.1");
    private readonly IpAddress _destination = IpAddress.Parse("10.0.0.2");
    private TcpOptionSet _options;
    private int _length;

    [GlobalSetup]
    public void Setup()
    {
        _options = new() { Present = TcpOptionPresence.Timestamps, TsVal = 123_456, TsEcr = 654_321 };
        _length = Write();
    }

    [Benchmark]
    public int Write()
    {
        int length = TcpWriter.WriteHeader(_segment, 40000, 443, new(1000), new(2000), TcpFlags.Ack, 502, 0, _options, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(_segment.AsSpan(0, length), _source, _destination);
        return length;
    }

    [Benchmark]
    public uint Parse()
    {
        if (TcpView.TryParse(_segment.AsSpan(0, _length), out TcpView view) != WireError.None)
        {
            throw new InvalidOperationException("the header is well formed");
        }

        return view.ParseOptions().TsVal + view.Ack.Value;
    }

    [Benchmark]
    public bool Verify() =>
        TcpView.TryParse(_segment.AsSpan(0, _length), out TcpView view) == WireError.None && view.HasValidChecksum(_source, _destination);
}
