using System.Reflection;
using Xunit.Sdk;

namespace Shared;

/// <summary>Where a test runs: the IP version and both initial sequence numbers, so that text straddles nothing, 2^31 or 2^32.</summary>
internal sealed record WireCase(string Name, bool IsV6, uint Iss, uint Irs)
{
    private static readonly WireCase[] s_all =
    [
        new("v4", false, 1000, 5000),
        new("v4 at 2^31", false, 0x7FFFFFFD, 0x7FFFFFFC),
        new("v4 at 2^32", false, 0xFFFFFFFD, 0xFFFFFFFC),
        new("v6", true, 70000, 30),
        new("v6 at 2^31", true, 0x7FFFFFFC, 0xFFFFFFFD),
        new("v6 at 2^32", true, 0xFFFFFFFC, 0x7FFFFFFD),
    ];

    public static IEnumerable<string> Names => s_all.Select(wire => wire.Name);

    public static WireCase Named(string name) => s_all.Single(wire => wire.Name == name);

    public int IpHeaderLength => IsV6 ? 40 : 20;

    /// <summary>Our last number, and the peer's, before 2^31 or 2^32, where the wire is there.</summary>
    public uint OurEdge => Iss | 3;

    public uint PeersEdge => Irs | 3;
}

/// <summary>Gives a theory one row for every wire: its name, and then the values given here, as InlineData would. With <see cref="In"/>, one for every wire and every word of it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OnEveryWireAttribute(params object?[] values) : DataAttribute
{
    /// <summary>Words, separated by spaces, that become the second argument of the test (states, mostly).</summary>
    public string? In { get; init; }

    /// <summary>4 or 6 where the test is about something that only this version of IP has; 0, the default, for both.</summary>
    public int Version { get; init; }

    public override IEnumerable<object?[]> GetData(MethodInfo testMethod)
    {
        string[] wires = [.. WireCase.Names.Where(wire => Version == 0 || WireCase.Named(wire).IsV6 == (Version == 6))];
        return In is null
            ? wires.Select(wire => (object?[])[wire, .. values])
            : In.Split(' ').SelectMany(word => wires.Select(wire => (object?[])[wire, word]));
    }
}
