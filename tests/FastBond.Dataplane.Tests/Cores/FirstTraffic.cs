using System.Diagnostics;
using System.Runtime;
using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>A core's first traffic after its rehearsal and a while of empty turns, for <see cref="RehearsalSpeedTests"/>.</summary>
internal static class FirstTraffic
{
    private const int Frames = 32;
    private static readonly TimeSpan Rehearsing = TimeSpan.FromMilliseconds(300), Idle = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100), Settling = TimeSpan.FromSeconds(2);

    /// <summary>How many times longer the turns of the first 100 ms of traffic take than those of 100 ms after two seconds: lower quartiles, which no other work on the machine touches.</summary>
    public static double Measure(bool rehearsed)
    {
        if (rehearsed)
        {
            // On a busy machine the threads that compile come late: longer, until they have nothing more to do.
            int compiled;
            do
            {
                compiled = (int)JitInfo.GetCompiledMethodCount();
                Rehearsal.Run(Rehearsing, static () => false);
            }
            while (JitInfo.GetCompiledMethodCount() != compiled);
        }

        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.BalanceXor));
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Idle)
        {
            rig.Lane.Turn();
        }

        double first = Quartile(rig, Window);
        Quartile(rig, Settling);
        return first / Quartile(rig, Window);
    }

    private static double Quartile(LaneRig rig, TimeSpan duration)
    {
        byte[][] frames = [.. Enumerable.Range(0, Frames).Select(flow => TestFrame.Udp(flow, flow))];
        List<long> turns = [];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            foreach (byte[] frame in frames)
            {
                rig.Host.Peer.Transmit(frame);
            }

            long before = Stopwatch.GetTimestamp();
            rig.Lane.Turn();
            turns.Add(Stopwatch.GetTimestamp() - before);
            Array.ForEach(rig.Slaves, slave => LaneRig.Received(slave));
        }

        turns.Sort();
        return turns[turns.Count / 4];
    }
}
