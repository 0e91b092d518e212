using System.Diagnostics.CodeAnalysis;
using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>A filter in the language of pcap-filter(7), compiled for one link type.</summary>
/// <remarks>
/// Octets that were not captured reject the packet, whatever the rest of the expression says, as in BPF. Not
/// thread-safe; nothing is allocated per packet.
/// </remarks>
public sealed class PacketFilter
{
    /// <summary>Longest expression taken, characters.</summary>
    public const int MaximumLength = 1 << 20;

    private readonly FilterProgram? _program;

    private PacketFilter(FilterProgram? program) => _program = program;

    /// <summary>Lets every packet pass.</summary>
    public static PacketFilter All { get; } = new(null);

    /// <summary>Number of instructions.</summary>
    internal int ProgramLength => _program?.Length ?? 0;

    /// <summary>Compiles an expression; a fault in it is told by <paramref name="error"/> and never thrown.</summary>
    /// <param name="expression">The expression; empty for all packets.</param>
    /// <param name="linkType">What the first octet of the packets belongs to.</param>
    /// <param name="filter">The filter, or null.</param>
    /// <param name="error">What is wrong, or null.</param>
    /// <param name="hostNames">Host names that may stand in the expression; none if null, since no name server is asked.</param>
    public static bool TryCompile(
        string expression,
        LinkType linkType,
        [NotNullWhen(true)] out PacketFilter? filter,
        [NotNullWhen(false)] out FilterError? error,
        IReadOnlyDictionary<IpAddress, string>? hostNames = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        filter = null;
        error = null;
        if (expression.Length > MaximumLength)
        {
            error = new FilterError($"the filter has {expression.Length} characters, more than {MaximumLength}", MaximumLength, "");
            return false;
        }

        var layout = new FilterLink(linkType);
        var parser = new FilterParser(FilterLexer.Read(expression), layout, new FilterNames(hostNames));
        FilterNode? node = parser.ParseAll(out error);
        if (error is not null)
        {
            return false;
        }

        if (node is null)
        {
            filter = All;
            return true;
        }

        FilterProgram program = FilterCompiler.Compile(node);
        if (!program.CanAccept)
        {
            error = new FilterError("expression rejects all packets", 0, "");
            return false;
        }

        filter = program.CanReject ? new PacketFilter(program) : All;
        return true;
    }

    /// <summary>True if the packet is wanted.</summary>
    public bool Matches(in PacketRecord packet) => _program is null || _program.Run(packet.Data, packet.Length);
}
