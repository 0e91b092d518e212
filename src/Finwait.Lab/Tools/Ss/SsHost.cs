namespace Finwait.Lab;

/// <summary>What <c>ss</c> can do besides looking.</summary>
/// <param name="Destroy">Ends the socket of a row (<c>-K</c>). False if it is gone.</param>
/// <param name="Read">A file's text (<c>-F</c>), or null if there is none.</param>
/// <param name="HasDevice">True for the name of an interface.</param>
internal readonly record struct SsHost(Func<SsRow, bool> Destroy, Func<string, string?> Read, Func<string, bool> HasDevice);
