using System.Text;

namespace Finwait.Cli;

/// <summary>Standard error that may be closed or full: what cannot be told is lost, and the exit status still says how it went.</summary>
internal sealed class StandardError(TextWriter inner) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // nobody is left to be told
        }
    }
}
