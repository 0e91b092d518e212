using System.Reflection;

namespace Finwait.Tcp.Tests;

/// <summary>A copy of a connection, which the search through all worlds stands on.</summary>
public class CopyTests
{
    // Whoever adds a field that refers to something must say here that Copy() takes care of it, or that it never changes.
    private static readonly string[] CopiedOrConstant =
    [
        "_settings", "_buffers", "_controller", "_sack", "_extras", "_tuning", "_recovery",
        "_sendBuffer._ring", "_sent._ring", "_reassembler._ring", "_reassembler._ahead._ranges", "_ecn",
    ];

    [Fact]
    public void Copy_EveryReference_IsCopiedOrConstant() =>
        Assert.Equal(CopiedOrConstant.Order(), References(typeof(TcpConnection), "").Order());

    [Theory, OnEveryWire]
    public void Copy_WhileDataIsUnderWay_GoesOnLikeTheOriginalAndDoesNotDisturbIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
        peer.Send(3000);
        peer.In("[P.] 11:21 ack 1");
        TcpConnection copy = peer.Tcp.Copy();
        TcpInfo before = peer.Tcp.GetInfo(peer.Now);
        Assert.Equal(before, copy.GetInfo(peer.Now));

        copy.Abort(peer.Now);
        copy.ReleaseIdleBuffers();
        Assert.Equal(before, peer.Tcp.GetInfo(peer.Now));
        peer.In("[P.] 1:11 ack 1001");
        Assert.Equal(20, peer.ReadAll());
    }

    private static IEnumerable<string> References(Type type, string path)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            string name = path + field.Name;
            if (!field.FieldType.IsValueType)
            {
                yield return name;
            }
            else if (field.FieldType.Namespace is "Finwait.Tcp" && !field.FieldType.IsEnum)
            {
                foreach (string deeper in References(field.FieldType, name + "."))
                {
                    yield return deeper;
                }
            }
        }
    }
}
