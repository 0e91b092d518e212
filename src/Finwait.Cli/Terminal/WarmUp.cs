using System.Diagnostics.CodeAnalysis;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// Plays a short lab that nobody sees while the user reads the welcome: the runtime compiles a method when it first runs, and without this the
/// first connect() of a session takes several times as long as the next.
/// </summary>
internal static class WarmUp
{
    /// <summary>What a session usually begins with, so that most of what its first lines need has run once.</summary>
    private static readonly string[] s_lines =
    [
        "romeo$ ip addr",
        "juliet$ tcpdump -n -i eth1 tcp &",
        "juliet> import socket",
        "juliet> l = socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "juliet> l.bind(('10.10.2.100', 4000))",
        "juliet> l.listen()",
        "romeo> import socket",
        "romeo> s = socket.create_connection(('juliet', 4000))",
        "romeo> s.send(b'hello')",
        "juliet> c, a = l.accept()",
        "juliet> c.recv(100)",
        "romeo$ ss -tano | grep 4000",
        "juliet$ iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP",
        "romeo> s.close()",
        "romeo$ nc -zv juliet 234",
        "romeo$ ping -c 1 juliet",
        "wait next",
        "ladder",
        "why 3",
    ];

    /// <summary>Begins in the background, and ends by itself after some tenths of a second of work; whatever it meets is nobody's concern.</summary>
    public static Thread Begin()
    {
        var thread = new Thread(PlayUnseen) { IsBackground = true, Priority = ThreadPriority.Lowest, Name = "warm-up" };
        thread.Start();
        return thread;
    }

    /// <summary>Plays the lines.</summary>
    /// <returns>0 if each was understood.</returns>
    internal static int Play(TextWriter output, TextWriter error) => LabTranscript.Play(new LabSession { HasCoach = true }, s_lines, output, error);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A background thread that throws would end the user's lab; the same line would tell its error when the user types it.")]
    private static void PlayUnseen()
    {
        try
        {
            Play(TextWriter.Null, TextWriter.Null);
        }
        catch (Exception)
        {
            // The user's own line meets the same error, and tells it.
        }
    }
}
