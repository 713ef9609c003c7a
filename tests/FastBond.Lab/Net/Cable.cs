using FastBond.Lab.Machine;

namespace FastBond.Lab.Net;

/// <summary>
/// A cable between two devices, laid through a namespace of its own so that it can be cut, blocked and listened to without touching
/// either end: two veth pairs, their inner ends tied together by <c>tc</c> redirects (link-local frames pass as well).
/// <code>
///   A: eth0 ═══ a │ tc │ b ═══ eth0 :B
/// </code>
/// Cut = the inner ends down: both devices lose carrier and stay administratively up.
/// </summary>
public sealed class Cable : IDisposable
{
    private const int FirstIndex = 100, InnerOffset = 10_000;
    private static int _indexes = FirstIndex;

    private readonly LinkSwitch _switch;

    /// <summary>Lays a cable; it carries frames as soon as the devices are up.</summary>
    /// <param name="a">One device to be made.</param>
    /// <param name="b">The other device to be made.</param>
    /// <param name="queues">Queues of the devices and of the ends facing them.</param>
    /// <param name="mtu">MTU of all ends.</param>
    /// <param name="sameIndex">Whether each device has the ifindex of the end it faces, as the devices of two hosts built by one script have.</param>
    public Cable(VethEnd a, VethEnd b, int queues = 1, int mtu = 1500, bool sameIndex = false)
    {
        Panel = NetworkNamespace.Create();
        A = a;
        B = b;
        try
        {
            _switch = new LinkSwitch(Panel);
            Lay(a, EndA, Interlocked.Increment(ref _indexes), queues, mtu, sameIndex);
            Lay(b, EndB, Interlocked.Increment(ref _indexes), queues, mtu, sameIndex);
            Connect();
        }
        catch
        {
            Panel.Dispose();
            throw;
        }
    }

    /// <summary>Name of the inner end that faces A: frames that A sends are received there.</summary>
    public static string EndA => "a";

    /// <summary>Name of the inner end that faces B.</summary>
    public static string EndB => "b";

    /// <summary>The namespace in the middle.</summary>
    public NetworkNamespace Panel { get; }

    /// <summary>The device at one end.</summary>
    public VethEnd A { get; }

    /// <summary>The device at the other end.</summary>
    public VethEnd B { get; }

    /// <summary>Takes the carrier from both devices, or from one of them.</summary>
    public void Cut(bool a = true, bool b = true) => Set(up: false, a, b);

    /// <summary>Gives the carrier back.</summary>
    public void Mend() => Set(up: true, a: true, b: true);

    /// <summary>Waits until all four ends carry frames: the devices must have been brought up.</summary>
    public void WaitUntilUp() =>
        Wait.Until(
            () => new[] { A, B, new VethEnd(Panel, EndA), new VethEnd(Panel, EndB) }.All(end => end.Namespace.Link(end.Name).IsOperational),
            TimeSpan.FromSeconds(5),
            $"the cable between {A.Namespace.Name}/{A.Name} and {B.Namespace.Name}/{B.Name} is up");

    /// <summary>Swallows every frame while the carrier stays: a switch that does not forward.</summary>
    public void Block()
    {
        Panel.Run($"tc filter del dev {EndA} ingress");
        Panel.Run($"tc filter del dev {EndB} ingress");
    }

    /// <summary>Undoes <see cref="Block"/>.</summary>
    public void Unblock()
    {
        Redirect(EndA, EndB);
        Redirect(EndB, EndA);
    }

    /// <summary>
    /// Lets frames that A sends stand in a queue at the other end, where they stay its own: to A it is a device that took them and never says that
    /// they have gone. The first few still pass.
    /// </summary>
    public void Hang() => Panel.Run($"tc qdisc add dev {EndB} root tbf rate 8bit burst 1600 limit 10000000");

    /// <summary>Undoes <see cref="Hang"/>; what stood in the queue is lost.</summary>
    public void Unhang() => Panel.Run($"tc qdisc del dev {EndB} root");

    /// <inheritdoc/>
    public void Dispose()
    {
        _switch.Dispose();
        Panel.Dispose();
    }

    private void Set(bool up, bool a, bool b)
    {
        if (a)
        {
            _switch.Set(EndA, up);
        }
        if (b)
        {
            _switch.Set(EndB, up);
        }
    }

    private void Lay(VethEnd outer, string inner, int index, int queues, int mtu, bool sameIndex)
    {
        VethPair.Create(
            outer with { Index = outer.Index ?? index },
            new VethEnd(Panel, inner) { Index = sameIndex ? outer.Index ?? index : index + InnerOffset },
            queues,
            mtu);
        VethPair.MakePlainPeer(Panel, inner);
    }

    private void Connect()
    {
        Panel.Run($"tc qdisc add dev {EndA} clsact");
        Panel.Run($"tc qdisc add dev {EndB} clsact");
        Unblock();
        Mend();
    }

    // u32 and mirred are in every distribution's kernel and in small ones too, matchall and gact are not.
    private void Redirect(string from, string to) =>
        Panel.Run($"tc filter add dev {from} ingress protocol all u32 match u32 0 0 action mirred egress redirect dev {to}");
}
