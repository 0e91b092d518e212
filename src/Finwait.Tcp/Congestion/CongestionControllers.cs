namespace Finwait.Tcp;

/// <summary>The controllers by the names Linux knows them by.</summary>
public static class CongestionControllers
{
    /// <summary>Names that <see cref="TcpSettings.CongestionControl"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cubic", "reno", "bbr"];

    /// <exception cref="ArgumentException">No such controller: a caller bug, since settings are checked when they are set.</exception>
    internal static ICongestionController Create(string name) => name switch
    {
        "cubic" => Cubic.Untouched,
        "reno" => Reno.Instance,
        "bbr" => Bbr.Untouched,
        _ => throw new ArgumentException($"no congestion control named '{name}' (known: {string.Join(", ", Names)})", nameof(name)),
    };
}
