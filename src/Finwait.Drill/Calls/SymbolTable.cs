using Finwait.Stack;

namespace Finwait.Drill;

/// <summary>Linux's constants by their names.</summary>
internal static class SymbolTable
{
    private static readonly Dictionary<string, long> s_values = new(StringComparer.Ordinal)
    {
        ["AF_UNSPEC"] = 0, ["AF_INET"] = 2, ["AF_INET6"] = 10, ["PF_INET"] = 2, ["PF_INET6"] = 10,
        ["SOCK_STREAM"] = 1, ["SOCK_DGRAM"] = 2, ["SOCK_RAW"] = 3, ["SOCK_NONBLOCK"] = 0x800, ["SOCK_CLOEXEC"] = 0x80000,
        ["IPPROTO_IP"] = 0, ["IPPROTO_ICMP"] = 1, ["IPPROTO_TCP"] = 6, ["IPPROTO_UDP"] = 17, ["IPPROTO_IPV6"] = 41, ["IPPROTO_MPTCP"] = 262, ["IPPROTO_UDPLITE"] = 136, ["IPPROTO_SCTP"] = 132,
        ["SOL_SOCKET"] = 1, ["SOL_IP"] = 0, ["SOL_TCP"] = 6, ["SOL_UDP"] = 17, ["SOL_IPV6"] = 41, ["SOL_MPTCP"] = 284,
        ["SOMAXCONN"] = 4096, ["SHUT_RD"] = 0, ["SHUT_WR"] = 1, ["SHUT_RDWR"] = 2,
        ["O_RDONLY"] = 0, ["O_WRONLY"] = 1, ["O_RDWR"] = 2, ["O_NONBLOCK"] = 0x800, ["O_NDELAY"] = 0x800, ["O_CLOEXEC"] = 0x80000,
        ["F_GETFD"] = 1, ["F_SETFD"] = 2, ["F_GETFL"] = 3, ["F_SETFL"] = 4, ["FD_CLOEXEC"] = 1,
        ["FIONREAD"] = 0x541B, ["SIOCINQ"] = 0x541B, ["SIOCOUTQ"] = 0x5411, ["TIOCOUTQ"] = 0x5411, ["TIOCINQ"] = 0x541B, ["SIOCOUTQNSD"] = 0x894B, ["FIONBIO"] = 0x5421, ["SIOCATMARK"] = 0x8905,
        ["POLLIN"] = 1, ["POLLPRI"] = 2, ["POLLOUT"] = 4, ["POLLERR"] = 8, ["POLLHUP"] = 0x10, ["POLLNVAL"] = 0x20, ["POLLRDNORM"] = 0x40, ["POLLRDBAND"] = 0x80, ["POLLWRNORM"] = 0x100,
        ["POLLWRBAND"] = 0x200, ["POLLRDHUP"] = 0x2000,
        ["EPOLLIN"] = 1, ["EPOLLPRI"] = 2, ["EPOLLOUT"] = 4, ["EPOLLERR"] = 8, ["EPOLLHUP"] = 0x10, ["EPOLLRDNORM"] = 0x40, ["EPOLLRDBAND"] = 0x80, ["EPOLLWRNORM"] = 0x100, ["EPOLLWRBAND"] = 0x200,
        ["EPOLLRDHUP"] = 0x2000, ["EPOLLET"] = 1L << 31, ["EPOLLONESHOT"] = 1L << 30, ["EPOLL_CTL_ADD"] = 1, ["EPOLL_CTL_DEL"] = 2, ["EPOLL_CTL_MOD"] = 3, ["EPOLL_CLOEXEC"] = 0x80000,
        ["MSG_OOB"] = 1, ["MSG_PEEK"] = 2, ["MSG_DONTROUTE"] = 4, ["MSG_CTRUNC"] = 8, ["MSG_TRUNC"] = 0x20, ["MSG_DONTWAIT"] = 0x40, ["MSG_EOR"] = 0x80, ["MSG_WAITALL"] = 0x100,
        ["MSG_CONFIRM"] = 0x800, ["MSG_ERRQUEUE"] = 0x2000, ["MSG_NOSIGNAL"] = 0x4000, ["MSG_MORE"] = 0x8000, ["MSG_ZEROCOPY"] = 0x4000000, ["MSG_FASTOPEN"] = 0x20000000,
        ["TCP_CM_INQ"] = 36, ["TCP_INQ"] = 36, ["CLOCK_REALTIME"] = 0, ["INADDR_ANY"] = 0, ["true"] = 1, ["false"] = 0, ["NULL"] = 0,
        ["IP_PMTUDISC_DONT"] = 0, ["IP_PMTUDISC_WANT"] = 1, ["IP_PMTUDISC_DO"] = 2, ["IP_PMTUDISC_PROBE"] = 3, ["IP_PMTUDISC_INTERFACE"] = 4, ["IP_PMTUDISC_OMIT"] = 5,
        ["IPV6_PMTUDISC_DONT"] = 0, ["IPV6_PMTUDISC_WANT"] = 1, ["IPV6_PMTUDISC_DO"] = 2, ["IPV6_PMTUDISC_PROBE"] = 3, ["IPV6_PMTUDISC_INTERFACE"] = 4, ["IPV6_PMTUDISC_OMIT"] = 5,
    };

    private static readonly string[] s_kernelPrefixes = ["IP_", "IPV6_", "SO_", "SOL_", "TCP_", "MSG_", "SCM_", "SOF_", "IPPROTO_", "IPTOS_", "SIOC", "EPOLL", "POLL", "F_", "O_", "SOCK_", "AF_", "PF_", "CLOCK_", "SPLICE_", "INADDR_", "ICMP_", "ICMPV6_"];

    /// <summary>True for names that the kernel's headers give constants: not a mistake of the script, but something that this host has not got.</summary>
    public static bool IsKernels(string name) => Array.Exists(s_kernelPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    public static bool TryGet(string name, out long value) => s_values.TryGetValue(name, out value);

    /// <summary>The value of an error's name, or 0.</summary>
    public static Errno ErrnoOf(string name) => Enum.TryParse(name == "EWOULDBLOCK" ? "EAGAIN" : name == "ENOTSUP" ? "EOPNOTSUPP" : name, out Errno value) && !char.IsAsciiDigit(name[0]) ? value : Errno.None;

    /// <summary>glibc's words for an error.</summary>
    public static string TextOf(Errno errno) => errno switch
    {
        Errno.EPERM => "Operation not permitted",
        Errno.EBADF => "Bad file descriptor",
        Errno.EAGAIN => "Resource temporarily unavailable",
        Errno.EACCES => "Permission denied",
        Errno.EINVAL => "Invalid argument",
        Errno.EFAULT => "Bad address",
        Errno.EPIPE => "Broken pipe",
        Errno.ENONET => "Machine is not on the network",
        Errno.EPROTO => "Protocol error",
        Errno.EMSGSIZE => "Message too long",
        Errno.ENOPROTOOPT => "Protocol not available",
        Errno.EOPNOTSUPP => "Operation not supported",
        Errno.EADDRINUSE => "Address already in use",
        Errno.EADDRNOTAVAIL => "Cannot assign requested address",
        Errno.ENETUNREACH => "Network is unreachable",
        Errno.ECONNABORTED => "Software caused connection abort",
        Errno.ECONNRESET => "Connection reset by peer",
        Errno.EISCONN => "Transport endpoint is already connected",
        Errno.ENOTCONN => "Transport endpoint is not connected",
        Errno.ETIMEDOUT => "Connection timed out",
        Errno.ECONNREFUSED => "Connection refused",
        Errno.EHOSTDOWN => "Host is down",
        Errno.EHOSTUNREACH => "No route to host",
        Errno.EALREADY => "Operation already in progress",
        Errno.EINPROGRESS => "Operation now in progress",
        _ => errno.ToString(),
    };
}
