using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Urgent octets in the stream and beside it (SO_OOBINLINE, MSG_OOB, SIOCATMARK). What comes of each call was taken from Linux 6.18 over its loopback.</summary>
public class UrgentTests
{
    // MUST-33, X-6093-1: off, reads end before the urgent octet and then leave it out; MSG_OOB gets it once.
    [Theory]
    [InlineData("abc! def", "poll IN|PRI inq 2 mark 0 peek ab read ab inq 0 mark 1 poll IN|PRI peek def oob? c oob c oob EINVAL poll IN read def poll - inq 0 mark 0 oob EINVAL read EAGAIN")]
    [InlineData("z!", "poll PRI inq 0 mark 1 peek EAGAIN read EAGAIN poll - mark 0 oob EINVAL")]
    [InlineData("z! FIN", "poll IN|PRI oob z read '' oob EINVAL")]
    [InlineData("abc! def READ OOB x!", "inq 3 oob x oob EINVAL poll IN read def poll - inq 0 mark 1 read EAGAIN mark 0 oob EINVAL")]
    [InlineData("ab! cd!", "inq 3 read abc oob d read EAGAIN")]
    [InlineData("abc! def", "drop 2 drop 3 read EAGAIN")]
    [InlineData("abc! def", "read ab inline read cdef")]
    [InlineData("", "oob EINVAL")]
    public void UrgentOctet_OutOfBand_IsLeftOutOfTheStream(string sent, string expected) => Check(sent, expected, isInline: false);

    // MUST-33, X-6093-1: on, the octet is one of the stream, and a read begins with it.
    [Theory]
    [InlineData("abc! def", "poll IN|PRI inq 6 mark 0 oob EINVAL read ab mark 1 poll IN|PRI read cdef poll -")]
    [InlineData("abc! def", "drop 2 drop 4 read EAGAIN")]
    [InlineData("z!", "poll IN|PRI inq 1 mark 1 peek z read z poll - mark 0")]
    public void UrgentOctet_Inline_StaysInTheStream(string sent, string expected) => Check(sent, expected, isInline: true);

    // The host's own default is that of RFC 6093; an accepted socket has what its listener has.
    [Fact]
    public void OutOfBandInline_Default_IsTheHostsAndIsInherited()
    {
        TwoHosts hosts = new();
        int listener = hosts.B.Listener(4000, address: TwoHosts.AddressB);
        hosts.B.Sockets.GetOption(listener, SocketOption.OutOfBandInline, out int before);
        hosts.B.Sockets.SetOption(hosts.Now, listener, SocketOption.OutOfBandInline, 0);
        int a = hosts.A.Stream(AddressFamily.Inet);
        hosts.A.Sockets.Connect(hosts.Now, a, new(TwoHosts.AddressB, 4000));
        hosts.Exchange();
        hosts.B.Sockets.Accept(listener, out int b, out _);
        hosts.B.Sockets.GetOption(b, SocketOption.OutOfBandInline, out int inherited);
        Assert.Equal((1, 0), (before, inherited));
    }

    private static void Check(string sent, string expected, bool isInline)
    {
        foreach (string wire in WireCase.Names)
        {
            TwoHosts hosts = new(wire, settings => settings.Sockets.OutOfBandInline = isInline);
            int listener = hosts.B.Listener(4000, address: hosts.AtB);
            int a = hosts.A.Stream(hosts.Family);
            hosts.A.Sockets.Connect(hosts.Now, a, new(hosts.AtB, 4000));
            hosts.Exchange();
            Assert.Equal(Errno.None, hosts.B.Sockets.Accept(listener, out int b, out _));
            foreach (string word in sent.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                switch (word)
                {
                    case "FIN":
                        hosts.A.Sockets.Close(hosts.Now, a);
                        break;
                    case "READ":
                        Call(hosts, b, "read", out _);
                        break;
                    case "OOB":
                        Call(hosts, b, "oob", out _);
                        break;
                    default:
                        hosts.A.Sockets.Send(hosts.Now, a, Encoding.ASCII.GetBytes(word.TrimEnd('!')), word[^1] == '!' ? SendFlags.OutOfBand : SendFlags.None, out _);
                        break;
                }

                hosts.Exchange();
            }

            StringBuilder actual = new();
            string[] words = expected.Split(' ');
            for (int i = 0; i < words.Length; i++)
            {
                actual.Append(i > 0 ? " " : "").Append(words[i]);
                if (words[i] == "inline")
                {
                    hosts.B.Sockets.SetOption(hosts.Now, b, SocketOption.OutOfBandInline, 1);
                    continue;
                }

                Call(hosts, b, words[i++], out string result);
                actual.Append(' ').Append(result);
            }

            Assert.Equal(string.Join(' ', words), actual.ToString());
        }
    }

    private static void Call(TwoHosts hosts, int socket, string call, out string result)
    {
        SocketLayer sockets = hosts.B.Sockets;
        byte[] buffer = new byte[10];
        int number = 0;
        Errno error = call switch
        {
            "read" => sockets.Receive(hosts.Now, socket, buffer, ReceiveFlags.None, out number),
            "peek" => sockets.Receive(hosts.Now, socket, buffer, ReceiveFlags.Peek, out number),
            "drop" => sockets.Receive(hosts.Now, socket, buffer, ReceiveFlags.Truncate, out number),
            "oob" => sockets.Receive(hosts.Now, socket, buffer, ReceiveFlags.OutOfBand, out number),
            "oob?" => sockets.Receive(hosts.Now, socket, buffer, ReceiveFlags.OutOfBand | ReceiveFlags.Peek, out number),
            "inq" => sockets.Control(socket, SocketQuery.InputQueue, out number),
            "mark" => sockets.Control(socket, SocketQuery.AtMark, out number),
            _ => Errno.None,
        };
        SocketReadiness ready = sockets.Poll(socket);
        string poll = string.Join('|', new[] { (SocketReadiness.Readable, "IN"), (SocketReadiness.Urgent, "PRI") }.Where(r => (ready & r.Item1) != 0).Select(r => r.Item2));
        result = error != Errno.None ? error.ToString() : call switch
        {
            "poll" => poll.Length > 0 ? poll : "-",
            "inq" or "mark" or "drop" => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => number == 0 ? "''" : Encoding.ASCII.GetString(buffer, 0, number),
        };
    }
}
