using System.Runtime.InteropServices;
using Spectre.Console;

namespace Finwait.Cli;

/// <summary>The process's own terminal.</summary>
internal sealed class ConsoleTerminal : ITerminal, IDisposable
{
    private const int LeastWidth = 20;
    private const int UsualWidth = 80;

    private readonly Action _interrupted;
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <param name="interrupted">Called on a thread of its own when Ctrl-C is pressed while no key is waited for.</param>
    /// <param name="resized">Called on a thread of its own when the terminal has another size.</param>
    public ConsoleTerminal(Action interrupted, Action resized)
    {
        _interrupted = interrupted;
        Console.CancelKeyPress += OnCancel;
        if (!OperatingSystem.IsWindows())
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized()));
        }
    }

    public int Height
    {
        get
        {
            try
            {
                return AnsiConsole.Profile.Capabilities.Ansi ? Console.WindowHeight : 0;
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    public int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth > 0 ? Math.Max(LeastWidth, Console.WindowWidth) : UsualWidth;
            }
            catch (IOException)
            {
                return UsualWidth;
            }
        }
    }

    public bool HasColor { get; } = AnsiConsole.Profile.Capabilities.ColorSystem != ColorSystem.NoColors;

    public bool HasKeys
    {
        get
        {
            try
            {
                return Console.KeyAvailable;
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                return false;
            }
        }
    }

    public ConsoleKeyInfo? ReadKey()
    {
        try
        {
            // At the prompt Ctrl-C is a key like others; while a line is carried out it is a signal.
            Console.TreatControlCAsInput = true;
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            Console.TreatControlCAsInput = Console.KeyAvailable;
            return key;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            return null;
        }
    }

    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancel;
        _signals.ForEach(signal => signal.Dispose());
    }

    private void OnCancel(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = true;
        _interrupted();
    }
}
