using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>Sockets that the administrator ends from outside (Linux's SOCK_DESTROY).</content>
internal sealed partial class TcpHost
{
    /// <summary>Ends the socket of a row. False if there is none any more.</summary>
    public bool Destroy(Instant now, in SocketRow row)
    {
        if (row.IsTimeWait)
        {
            foreach (int number in _timeWaits.All())
            {
                if (IsRowOf(RowOf(_timeWaits[number]), row))
                {
                    RemoveTimeWait(number, now, TcpInput.Abort, new Cause(CauseKind.Call, Rule.Abort, _host.StepTap?.Call ?? 0));
                    return true;
                }
            }

            return false;
        }

        foreach (TcpEndpoint listener in Listeners)
        {
            if (row.State == TcpState.Listen && IsRowOf(RowOf(listener), row))
            {
                StopListening(now, listener);
                _sockets.Notify(listener);
                return true;
            }
        }

        foreach (TcpEndpoint endpoint in _endpoints.All())
        {
            if (row.State != TcpState.Listen && endpoint.Connection is { } connection && IsRowOf(RowOf(endpoint, connection.GetInfo(now)), row))
            {
                Destroy(now, endpoint, connection);
                return true;
            }
        }

        return false;
    }

    private void Destroy(Instant now, TcpEndpoint endpoint, TcpConnection connection)
    {
        if (endpoint.Is(SocketFlags.HalfOpen))
        {
            Discard(now, endpoint);
            return;
        }

        connection.Destroy(now);
        AfterInput(endpoint);
    }

    private static bool IsRowOf(in SocketRow own, in SocketRow row) =>
        own.Family == row.Family && own.State == row.State && own.Handle == row.Handle && own.Local == row.Local && own.Peer == row.Peer;
}
