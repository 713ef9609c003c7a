namespace FastBond.Core.Bonds;

/// <summary>The kernel's error numbers that a bond can answer with; the values are Linux's on every architecture FastBond runs on.</summary>
public enum Errno
{
    /// <summary>Success.</summary>
    None = 0,

    /// <summary>Not allowed now, or to this kind of device.</summary>
    EPERM = 1,

    /// <summary>No such file or entry.</summary>
    ENOENT = 2,

    /// <summary>No such entry of a table, or process.</summary>
    ESRCH = 3,

    /// <summary>The kernel failed for a reason of its own.</summary>
    EIO = 5,

    /// <summary>The device vanished.</summary>
    ENXIO = 6,

    /// <summary>Try again.</summary>
    EAGAIN = 11,

    /// <summary>Out of memory or frames.</summary>
    ENOMEM = 12,

    /// <summary>The option is not for the bond's mode, or the caller may not.</summary>
    EACCES = 13,

    /// <summary>Somebody else holds it, or the bond is up.</summary>
    EBUSY = 16,

    /// <summary>It is there already.</summary>
    EEXIST = 17,

    /// <summary>No such bond or interface.</summary>
    ENODEV = 19,

    /// <summary>A value that makes no sense here.</summary>
    EINVAL = 22,

    /// <summary>No room left: among others, fewer queues than the peer sends on.</summary>
    ENOSPC = 28,

    /// <summary>Out of range.</summary>
    ERANGE = 34,

    /// <summary>The bond still has slaves.</summary>
    ENOTEMPTY = 39,

    /// <summary>The device or kernel cannot do that.</summary>
    EOPNOTSUPP = 95,

    /// <summary>The kernel has no such sockets: it was built without AF_XDP.</summary>
    EAFNOSUPPORT = 97,

    /// <summary>The address is not valid for an interface.</summary>
    EADDRNOTAVAIL = 99,

    /// <summary>The interface is down.</summary>
    ENETDOWN = 100,

    /// <summary>No route leads there.</summary>
    ENETUNREACH = 101,

    /// <summary>The kernel dropped messages for want of buffer space, or memory could not be locked.</summary>
    ENOBUFS = 105,

    /// <summary>It did not happen in time.</summary>
    ETIMEDOUT = 110,
}

/// <summary>What came of a request: success, or the kernel's error name with one line saying what was given, why not, and what would do.</summary>
/// <param name="Error"><see cref="Errno.None"/> on success.</param>
/// <param name="Message">One line without the error name; empty on success.</param>
public readonly record struct Outcome(Errno Error, string Message)
{
    /// <summary>Success.</summary>
    public static readonly Outcome Ok = new(Errno.None, "");

    /// <summary>Whether it succeeded.</summary>
    public bool Success => Error == Errno.None;

    /// <summary>"EINVAL: message", the form every command prints.</summary>
    public override string ToString() => Success ? "ok" : $"{Error}: {Message}";
}
