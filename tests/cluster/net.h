/*
 * Machines with a network between them: each is a network namespace of its own, at a bridge in one
 * of this process's. They have no names, so that nothing is left when the processes end, however
 * that comes about, and tests beside each other don't meet.
 *
 *     struct net *net = net_new(6);
 *     if (net == NULL)
 *         skip();
 *     net_part(net, 1u << 0 | 1u << 3);     the hosts 0 and 3 don't see the others, nor those them
 *     net_heal(net);
 *     net_free(net);
 *
 * What is lost is lost silently: who sends it isn't told, and neither is an end of the connection.
 */
#ifndef BC_TESTS_CLUSTER_NET_H
#define BC_TESTS_CLUSTER_NET_H

enum {
    NET_HOSTS = 8
};

struct net;

/*
 * So many hosts, which see each other; NULL, and why is printed, if this process may not make them.
 * This thread is in the bridge's namespace until net_free(), which is to be called by it.
 */
struct net *net_new(unsigned hosts);
void net_free(struct net *net);

/* The host ${index}: for process_enter(), and its address. */
int net_host(const struct net *net, unsigned index);
const char *net_address(const struct net *net, unsigned index);

/* What a host of the set ${from}, a bit each, sends to one of the set ${to} is lost. */
void net_lose(struct net *net, unsigned from, unsigned to);

/* The same of the set ${set} and all the others, both ways. */
void net_part(struct net *net, unsigned set);

/* Nothing is lost any more. */
void net_heal(struct net *net);

#endif
