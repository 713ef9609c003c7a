namespace FastBond.Simulation.Network;

/// <summary>What a cable is plugged into.</summary>
internal interface IStation
{
    string Name { get; }

    /// <summary>Whether it lights its end of the cable.</summary>
    bool IsLit { get; }

    void Receive(CableEnd end, NetworkFrame frame);

    /// <summary>The light from the other end came or went.</summary>
    void SignalChanged(CableEnd end);
}

/// <summary>What ails one direction of a cable.</summary>
internal sealed class Ailments
{
    public double Loss { get; set; }

    public double Duplication { get; set; }

    public long DelayNs { get; set; }

    /// <summary>Random delay on top, by which frames overtake each other.</summary>
    public long JitterNs { get; set; }

    /// <summary>Frames vanish, though the far end sees a signal.</summary>
    public bool Swallows { get; set; }

    /// <summary>Frames vanish, and the far end sees no signal, though the near end may.</summary>
    public bool IsDark { get; set; }

    public override string ToString() =>
        $"loss {Loss:f2} duplication {Duplication:f2} delay {DelayNs} jitter {JitterNs} swallows {Swallows} dark {IsDark}";

    public bool Any => Loss > 0 || Duplication > 0 || DelayNs > 0 || JitterNs > 0 || Swallows || IsDark;
}

/// <summary>One end of a cable: where a station sends, and what ails the way from here to there.</summary>
internal sealed class CableEnd(Cable cable)
{
    public Cable Cable { get; } = cable;

    public IStation? Station { get; set; }

    /// <summary>The way out of this end.</summary>
    public Ailments Outward { get; set; } = new();

    public CableEnd Other => Cable.A == this ? Cable.B : Cable.A;

    /// <summary>Whether light arrives here.</summary>
    public bool HasSignal => !Cable.IsCut && !Other.Outward.IsDark && Other.Station is { IsLit: true };

    internal bool HadSignal { get; set; }

    internal long LastArrivalNs { get; set; }

    public void Send(NetworkFrame frame) => Cable.Send(this, frame);
}

/// <summary>A full-duplex cable between two stations.</summary>
internal sealed class Cable
{
    private const long LatencyNs = 2 * VirtualTime.Microsecond;

    private readonly SimulatedNetwork _network;
    private long _cuts;

    public Cable(SimulatedNetwork network, string name)
    {
        _network = network;
        Name = name;
        A = new CableEnd(this);
        B = new CableEnd(this);
    }

    public string Name { get; }

    public CableEnd A { get; }

    public CableEnd B { get; }

    public bool IsCut { get; private set; }

    public bool IsWell => !IsCut && !A.Outward.Any && !B.Outward.Any;

    public void Plug(IStation a, IStation b)
    {
        A.Station = a;
        B.Station = b;
        Update();
    }

    /// <summary>Cuts or splices; what is on its way when the cable is cut is lost.</summary>
    public void Cut(bool cut)
    {
        IsCut = cut;
        _cuts += cut ? 1 : 0;
        Update();
    }

    public void Ail(CableEnd end, Ailments ailments)
    {
        end.Outward = ailments;
        Update();
    }

    public void Heal()
    {
        A.Outward = new Ailments();
        B.Outward = new Ailments();
        Cut(false);
    }

    /// <summary>Looks whether light comes and goes, and tells the stations.</summary>
    public void Update()
    {
        _network.Disturbed();
        Update(A);
        Update(B);
    }

    public void Send(CableEnd from, NetworkFrame frame)
    {
        Ailments ailments = from.Outward;
        if (!from.Other.HasSignal || ailments.Swallows || (ailments.Loss > 0 && _network.Disorder.Chance(ailments.Loss)))
        {
            _network.History.Add(Happening.LostOnCable, Name, frame.Number);
            return;
        }

        _network.History.Add(Happening.OnCable, Name, frame.Number);
        Carry(from, frame);
        if (ailments.Duplication > 0 && _network.Disorder.Chance(ailments.Duplication))
        {
            frame.Multiplied = true;
            Carry(from, frame);
        }
    }

    private void Carry(CableEnd from, NetworkFrame frame)
    {
        Ailments ailments = from.Outward;
        long arrivalNs = _network.NowNs + LatencyNs + ailments.DelayNs;
        arrivalNs = ailments.JitterNs > 0
            ? arrivalNs + _network.Disorder.Below(ailments.JitterNs)
            : Math.Max(arrivalNs, from.LastArrivalNs);
        from.LastArrivalNs = arrivalNs;
        long cuts = _cuts;
        _network.Time.At(arrivalNs, () =>
        {
            if (cuts == _cuts && from.Other.HasSignal)
            {
                from.Other.Station!.Receive(from.Other, frame);
            }
            else
            {
                _network.History.Add(Happening.LostOnCable, Name, frame.Number);
            }
        });
    }

    private static void Update(CableEnd end)
    {
        if (end.HasSignal != end.HadSignal)
        {
            end.HadSignal = end.HasSignal;
            end.Station?.SignalChanged(end);
        }
    }
}
