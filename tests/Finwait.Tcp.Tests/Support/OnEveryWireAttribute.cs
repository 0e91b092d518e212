using System.Reflection;
using Xunit.Sdk;

namespace Finwait.Tcp.Tests;

/// <summary>Where a script runs: the IP version and both initial sequence numbers, so that text straddles nothing, 2^31 or 2^32.</summary>
internal sealed record Wire(string Name, bool IsV6, uint Iss, uint Irs)
{
    private static readonly Wire[] s_all =
    [
        new("v4", false, 1000, 5000),
        new("v4 at 2^31", false, 0x7FFFFFFD, 0x7FFFFFFC),
        new("v4 at 2^32", false, 0xFFFFFFFD, 0xFFFFFFFC),
        new("v6", true, 70000, 30),
        new("v6 at 2^31", true, 0x7FFFFFFC, 0xFFFFFFFD),
        new("v6 at 2^32", true, 0xFFFFFFFC, 0x7FFFFFFD),
    ];

    public static IEnumerable<string> Names => s_all.Select(wire => wire.Name);

    public static Wire Named(string name) => s_all.Single(wire => wire.Name == name);

    public int IpHeaderLength => IsV6 ? 40 : 20;
}

/// <summary>Gives a theory one row for every wire; with <see cref="In"/>, one for every wire and every word of it (states, mostly).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnEveryWireAttribute : DataAttribute
{
    /// <summary>Words, separated by spaces, that become the second argument of the test.</summary>
    public string? In { get; init; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        In is null
            ? Wire.Names.Select(wire => new object[] { wire })
            : In.Split(' ').SelectMany(word => Wire.Names.Select(wire => new object[] { wire, word }));
}
